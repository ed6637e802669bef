"""A report as a file: a thousand rows in under ten seconds and 300 MB, fifty in under one."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import pytest

from controls.reporting.paper import as_json
from tests.benchmarks.figures import record
from tests.cast import Cast, make_many_risks
from tests.reporting.subjects import paper

pytestmark = [pytest.mark.bench, pytest.mark.django_db]
SECONDS = {50: 1.0, 1000: 10.0}
MEGABYTES = 300
"""The whole process that writes, at its highest, Django and all that the product reads in included; and its typesetter."""

IN_A_PROCESS_OF_ITS_OWN = """
import json, os, resource, sys, time
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
import django
django.setup()
from controls.reporting.paper import from_json
from tests.reporting.subjects import written
made = from_json(json.load(sys.stdin))
def highest():  # of this process; getrusage begins at what the parent had when it forked
    return next(int(line.split()[1]) / 1024 for line in open("/proc/self/status") if line.startswith("VmHWM"))
base = highest()
before = time.monotonic()
content = written(made, sys.argv[1])
peak, child = highest(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
told = {"seconds": time.monotonic() - before, "peak": peak, "added": peak - base, "child": child, "bytes": len(content)}
print(json.dumps(told))
"""


@pytest.mark.parametrize("ending", ["docx", "pdf", "xlsx"])
@pytest.mark.parametrize("rows", list(SECONDS))
def test_a_report_is_written_within_its_time_and_memory(cast: Cast, rows: int, ending: str) -> None:
    make_many_risks(cast.plan, rows, closing=cast.interim, performer=cast.karin)
    started = time.monotonic()
    made = paper(cast)
    drawn_up = time.monotonic() - started
    run = subprocess.run(
        [sys.executable, "-c", IN_A_PROCESS_OF_ITS_OWN, ending],
        input=json.dumps(as_json(made)),
        text=True,
        check=True,
        capture_output=True,
    )
    told = json.loads(run.stdout.splitlines()[-1])
    seconds = drawn_up + told["seconds"]
    # That figure begins at what its parent had when it was started.
    child = f", its typesetter at most {told['child']:.0f} MB" if told["child"] else ""
    memory = f"peak {told['peak']:.0f} MB, {told['added']:.0f} of them added by writing{child}"
    over = f"\n  over its aim of {SECONDS[rows]} s" if seconds >= SECONDS[rows] else ""
    size = f"{told['bytes'] / 1024:.0f} kB"
    record(f"report-{rows}-{ending}", f"{rows} rows, {ending}: {seconds:.2f} s, {memory}, {size}{over}")
    assert max(told["peak"], told["child"]) < MEGABYTES
