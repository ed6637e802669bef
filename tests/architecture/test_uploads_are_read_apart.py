"""What somebody sends is opened in a process of its own or by the worker, never by the process that serves pages.

The tables are complete: a new reader of files, or a new form that takes one, fails here until it says where it is read.
"""

from __future__ import annotations

import ast
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from docx.opc.package import OpcPackage

from controls.data_files import engine as engines
from controls.data_files import reading
from controls.models import ImportReading, PlanImport, RegisterRun, ReportTemplate, Sample, SamplingRun
from controls.monitoring.registers import verbs as register_verbs
from controls.reporting.writers.word import frame
from controls.sampling.samples.work_file import write_workbook
from riskreg.importing import tables
from tests.cast import Cast, make_control, make_risk
from tests.follow_ups.follow_ups import in_state
from tests.importing.documents import SHORT_PLAN, docx_of
from tests.importing.test_import_pages import PLAN, upload
from tests.monitoring.registers.scene import JULY, a_file, a_register
from tests.reporting.test_own_template import GOOD
from tests.sampling.samples import drawn_sample
from tests.sampling.scene import uploaded

LIBRARIES = {
    "csv", "defusedxml", "docx", "docxtpl", "duckdb", "gzip", "lxml", "openpyxl", "pdfplumber", "PIL", "pypdfium2",
    "python_calamine", "tarfile", "zipfile",
}  # fmt: skip
"""What opens a file of a kind that somebody may send."""
CHILD = "the confined child (riskreg.importing.confined)"
WORKER = "the worker, in a run's own folder and within the engine's memory"
NAMES = "the page: the directory of a package, its stated type, sums and prolog, within the archive's limits"
OURS = "the page: writes, or reads what the product itself wrote"
READERS = {
    "riskreg/importing/readers/": CHILD,
    "riskreg/importing/page_drawing.py": CHILD,
    "riskreg/importing/archive.py": NAMES,
    "riskreg/web/file_kinds.py": NAMES,
    "controls/reporting/writers/word/frame.py": CHILD,
    "controls/reporting/writers/word/template_content.py": CHILD,
    "controls/reporting/writers/word/document.py": "the page in the product's own template; in any other the child",
    "controls/reporting/writers/word/default_template.py": OURS,
    "controls/data_files/disk.py": "nothing: it knows the engine's errors by their class",
    "controls/data_files/reading.py": WORKER,
    "controls/data_files/packed.py": WORKER,
    "controls/data_files/text.py": WORKER,
    "controls/data_files/json_text.py": WORKER,
    "controls/data_files/spreadsheet.py": WORKER,
    "controls/data_files/spreadsheet_marks.py": WORKER,
    "controls/data_files/engine.py": OURS,
    "controls/data_files/table.py": OURS,
    "controls/data_files/workbook.py": OURS,
    "controls/data_files/for_excel.py": OURS,
    "controls/monitoring/watching/work.py": OURS,
    "controls/monitoring/behind_follow_ups/as_file.py": OURS,
    "controls/riskreg_hooks/kept_files.py": OURS,
    "controls/importing/pictures.py": OURS,
    "controls/importing/waiting.py": OURS,
    "controls/demo/": "the demonstration's own files",
    "controls/sampling/drawing/shipped/": "programs for other machines",
    "config/backup/": "the operator's command",
}
"""Modules that import one of them, and where what is sent is opened by them."""
BYTES = "hashed and looked at for its kind (riskreg.web.file_kinds); kept as it is"
FORMS = {
    "riskreg/views/plan_verbs.py": BYTES,
    "riskreg/web/asking.py": "passes on to forms",
    "riskreg/web/kept_uploads.py": "stores it for the form: a plan for the child, a file for the worker",
    "riskreg/web/unsaved.py": "names the files that were sent",
    "controls/evidence/field.py": BYTES,
    "controls/views/checks/check.py": BYTES,
    "controls/views/checks/outcome_form.py": BYTES,
    "controls/views/follow_ups/form.py": BYTES,
    "controls/views/follow_ups/page.py": BYTES,
    "controls/views/sampling/items.py": BYTES,
    "controls/views/sampling/work_file.py": CHILD,
    "controls/views/sampling/population.py": WORKER,
    "controls/views/sampling/population_forms.py": WORKER,
    "controls/views/indicators/importing.py": CHILD,
    "controls/views/monitoring/files.py": BYTES,
    "controls/views/monitoring/inquiry_forms.py": BYTES,
    "controls/views/monitoring/forms.py": WORKER,
    "controls/views/monitoring/snapshots.py": WORKER,
    "controls/admin/report_template.py": CHILD,
}
"""Modules of pages that take a file, and where it is opened."""


def _modules() -> Iterator[tuple[str, ast.Module]]:
    root = Path(settings.BASE_DIR)
    for package in ("riskreg", "controls", "config"):
        for path in sorted((root / package).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path.relative_to(root).as_posix(), ast.parse(path.read_text())


def _imports(module: ast.Module) -> Iterator[str]:
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from (one.name.partition(".")[0] for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def _takes_a_file(module: ast.Module) -> bool:
    for node in ast.walk(module):
        if isinstance(node, ast.Attribute) and node.attr == "FILES" and isinstance(node.value, ast.Name):
            return True
        called = node.func if isinstance(node, ast.Call) else None
        if isinstance(called, ast.Attribute) and called.attr == "FileField" and getattr(called.value, "id", "") == "forms":
            return True
        if isinstance(called, ast.Name) and called.id == "EvidenceField":
            return True
    return False


def _known(path: str) -> str | None:
    return next((known for known in READERS if path == known or (known.endswith("/") and path.startswith(known))), None)


def test_each_module_that_opens_files_is_known() -> None:
    found = {path for path, module in _modules() if LIBRARIES & set(_imports(module))}
    assert sorted(path for path in found if _known(path) is None) == []
    assert {_known(path) for path in found} == set(READERS)


def test_each_form_that_takes_a_file_is_known() -> None:
    found = {path for path, module in _modules() if _takes_a_file(module)} | {"controls/evidence/field.py"}
    assert found == set(FORMS)


@pytest.fixture
def page_reads_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every reader fail that is called in this process, which serves the pages."""

    def called(*args: Any, **options: Any) -> Any:
        pytest.fail("A page opened what was sent in its own process.")

    def only_our_own(file: Any) -> Any:
        content = file.getvalue() if isinstance(file, io.BytesIO) else Path(file).read_bytes()
        return open_package(file) if content == frame.DEFAULT_TEMPLATE.read_bytes() else called()

    open_package = OpcPackage.open
    for name, reader in tables._READERS.items():
        if name not in tables._ALWAYS_CONFINED:
            assert reader.__module__.startswith("riskreg.importing.readers")
            monkeypatch.setitem(tables._READERS, name, called)
    monkeypatch.setattr(frame, "check_template", called)
    monkeypatch.setattr(docx, "Document", called)
    monkeypatch.setattr(OpcPackage, "open", only_our_own)
    monkeypatch.setattr(reading, "read", called)
    monkeypatch.setattr(engines.Engine, "__enter__", called)


def _xlsx(rows: list[list[str]]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


PLANS = {
    "plan.csv": PLAN.encode(),
    "plan.docx": docx_of(SHORT_PLAN),
    "plan.xlsx": _xlsx([line.split(";") for line in PLAN.splitlines()]),
}


@pytest.mark.django_db
@pytest.mark.one_engine
@pytest.mark.parametrize("name", PLANS)
def test_a_plan_that_is_read_while_its_user_waits(cast: Cast, client: Client, page_reads_nothing: None, name: str) -> None:
    client.force_login(cast.eva)
    read: PlanImport = upload(client, cast, PLANS[name], name)
    assert ImportReading.objects.get(plan_import=read).state == "done"


@pytest.mark.django_db
@pytest.mark.one_engine
@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_a_work_file(cast: Cast, client: Client, page_reads_nothing: None, today: Any, kind: str) -> None:
    sample: Sample = drawn_sample(in_state(cast, "in_progress"), size=4)
    content = write_workbook(sample, list(sample.items.in_sample().order_by("position")))
    if kind == "csv":
        sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
        lines = [";".join("" if cell is None else str(cell) for cell in row) for row in sheet.values]
        content = "\n".join(lines).encode()
    client.force_login(cast.karin)
    file = SimpleUploadedFile(f"arbetsfil.{kind}", content)
    answer = client.post(reverse("sample_workfile_import", args=[sample.pk]), {"file": file})
    assert answer.status_code == 302, answer.content.decode()


@pytest.mark.django_db
@pytest.mark.one_engine
def test_a_word_template(cast: Cast, client: Client, page_reads_nothing: None) -> None:
    client.force_login(cast.siv)
    form = {"unit": cast.board.pk, "note": "", "file": SimpleUploadedFile("mall.docx", GOOD)}
    assert client.post(reverse("admin:controls_reporttemplate_add"), form).status_code == 302
    assert ReportTemplate.objects.get().version == 1
    client.force_login(cast.eva)
    make_control(make_risk(cast.plan, "Felaktiga löner"))
    report = client.get(reverse("report_file", args=["follow_up", cast.plan.pk, cast.interim.kind, "docx"]))
    assert report.status_code == 200, "a report in that template is no more filled in by the page"
    with zipfile.ZipFile(io.BytesIO(report.content)) as package:
        assert b"Felaktiga" in package.read("word/document.xml")


@pytest.mark.django_db
@pytest.mark.one_engine
def test_a_population_and_a_register_wait_for_the_worker(
    cast: Cast, page_reads_nothing: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = uploaded(cast)
    _snapshot, feeding = register_verbs.feed(a_register(cast.board, cast.johan), by=cast.karin, file=a_file(), as_of=JULY)
    assert SamplingRun.objects.get(pk=run.pk).state == RegisterRun.objects.get(pk=feeding.pk).state == "waiting"
