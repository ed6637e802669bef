"""Compilation of one document by typst, in a process of its own: standard input has the order, standard output the document.

Started by controls.reporting.writers.pdf.typesetting, by its path and isolated (`python -I`): it knows neither Django
nor the product, no settings and no environment. Exit status 0: on standard output stand a line with the size of each
file, and the files; 1: typst refused it, or wrote it in another way than tagging.py knows; the words on standard error.
"""

from __future__ import annotations

import json
import resource
import runpy
import sys
from pathlib import Path
from typing import Any, cast

import typst


def main() -> int:
    """Compile the document asked for on standard input; return the exit status."""
    asked = json.load(sys.stdin.buffer)
    # A parent that is killed leaves no child that runs on, and none takes the machine's memory.
    for limit, most in ((resource.RLIMIT_CPU, asked.pop("seconds")), (resource.RLIMIT_DATA, asked.pop("bytes"))):
        resource.setrlimit(limit, (most, most))
    page, names_rows = asked.pop("page").encode(), asked.pop("names_rows", None)
    try:
        made = cast(Any, typst.compile)(page, ignore_system_fonts=True, **asked)
    except RuntimeError as fault:
        sys.stderr.write(str(fault))
        return 1
    files = made if isinstance(made, list) else [made]
    if names_rows is not None:
        # By its path: an isolated interpreter does not look beside the program that it runs.
        tag = runpy.run_path(str(Path(__file__).with_name("tagging.py")))["tag"]
        files = [tag(file, names_rows) for file in files]
    sys.stdout.buffer.write(" ".join(str(len(file)) for file in files).encode() + b"\n")
    for file in files:
        sys.stdout.buffer.write(file)
    return 0


if __name__ == "__main__":
    sys.exit(main())
