"""Pages of a population: upload, contents of the file, meaning of its columns, lock; and its verbs."""

from __future__ import annotations

import tempfile
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, cast

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from controls import tasks
from controls.data_files.engine import Engine
from controls.data_files.for_excel import csv_pieces, fits_spreadsheet, workbook_pieces
from controls.data_files.long_work import Failed
from controls.data_files.problems import MORE_PAGES, Problems, note_words
from controls.data_files.questions import answer_words
from controls.data_files.table import canonical_rows, first_rows, write_content
from controls.models import Check, Control, FollowUp, Population, SamplingRun
from controls.sampling.drawing.verbs import earlier_draws, earlier_draws_for
from controls.sampling.populations import verbs
from controls.sampling.populations.kept_upload import find_kept_upload, keep_upload, kept_workbook
from controls.sampling.populations.stored_file import path_of, questions_of
from controls.sampling.runs import QUEUE, WORKSHOP, cancel, may_cancel
from controls.sampling.work import perform
from controls.views import long_runs
from controls.views.sampling.population_forms import ColumnsForm, QuestionsForm, SheetForm, UploadForm
from controls.views.sampling.seen import seen_population
from riskreg.access.grants import may, require
from riskreg.access.verbs import Verb
from riskreg.models import Unit, User
from riskreg.web.asking import REFUSALS, add_refusal, press
from riskreg.web.downloads import FileAltered
from riskreg.web.kept_uploads import sent_or_kept
from riskreg.web.whole_number import whole_number


def start(run: SamplingRun) -> SamplingRun:
    """Perform a small run while the user waits, or hand a large one to the worker; return the run as it is then."""
    if run.is_small:
        perform(run.pk)
    else:
        cast(Any, tasks.perform_sampling_run).delay_on_commit(run.pk)
    run.refresh_from_db()
    return run


@require_http_methods(["GET", "HEAD", "POST"])
def population_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the upload of a control's population, and store the file; ?follow_up= names the follow-up."""
    user = cast(User, request.user)
    seen = Control.objects.visible_to(user).select_related("risk__plan__unit", "risk__unit")
    control = get_object_or_404(seen, pk=pk)
    prepares = may(user, Verb.PREPARE_SAMPLE, None if control.risk.is_municipality_wide else control.risk.unit)
    kept, refusal, status = None, None, 200
    if request.method == "POST":
        require(user, Verb.PREPARE_SAMPLE, None if control.risk.is_municipality_wide else control.risk.unit)
        kept, refusal = sent_or_kept(
            request,
            find=lambda token: find_kept_upload(token, control, by=user),
            keep=lambda file: keep_upload(control, by=user, file=file),
        )
    form = UploadForm(
        request.POST or None,
        request.FILES or None,
        control=control,
        user=user,
        kept=kept,
        initial=_first(request, user),
    )
    if refusal is not None:
        form.is_valid()
        add_refusal(form, refusal)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            population, run = verbs.upload(
                control,
                by=user,
                unit=given["unit"],
                file=form.kept or given["file"],
                name=given["name"],
                source_system=given["source_system"],
                occasion=given.get("occasion"),
                source=given.get("source"),
                sheet=given["sheet"],
            )
        except REFUSALS as refusal:
            status = add_refusal(form, refusal)
        else:
            start(run)
            return redirect(population)
    others = Population.objects.visible_to(user).filter(control=control).select_related("unit").prefetch_related("samples")
    context = {
        "title": _("Populations and samples"),
        "crumbs": _crumbs(control),
        "control": control,
        "form": form if prepares else None,
        "others": others[:50],
        "limit": settings.POPULATION_MAX_BYTES // 2**20,
    }
    return render(request, "controls/population/add.html", context, status=status)


def _first(request: HttpRequest, user: User) -> dict[str, Any]:
    """Return the unit of the follow-up, or the check and its unit, from which the user comes."""
    wanted = whole_number(request.GET.get("check", ""))
    check = Check.objects.visible_to(user).filter(pk=wanted).first() if wanted is not None else None
    if check is not None:
        return {"unit": check.unit_id, "occasion": check.pk}
    wanted = whole_number(request.GET.get("follow_up", ""))
    follow_up = FollowUp.objects.visible_to(user).filter(pk=wanted).first() if wanted is not None else None
    return {"unit": follow_up.unit_id} if follow_up is not None else {}


@require_http_methods(["GET", "HEAD", "POST"])
def population(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Show the contents of the file and what prevents locking; POST chooses the columns."""
    user = cast(User, request.user)
    found = seen_population(user, pk)
    is_draft = found.state == Population.State.DRAFT and bool(found.file)
    form = ColumnsForm(request.POST if request.method == "POST" else None, population=found) if is_draft else None
    if request.method == "POST":
        require(user, Verb.PREPARE_SAMPLE, found.unit)
        if form is None:
            messages.error(request, _("The columns are chosen while the population is a draft that has been read."))
            return redirect(found)
        if form.is_valid():
            columns = form.columns()
            return press(request, lambda: start(verbs.choose_columns(found, by=user, columns=columns)[1]), back=found)
    return render(request, "controls/population/page.html", _context(found, user, form))


@require_POST
def population_answer(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Answer what the file leaves open."""
    user = cast(User, request.user)
    found = seen_population(user, pk)
    require(user, Verb.PREPARE_SAMPLE, found.unit)
    asked = QuestionsForm(request.POST, questions=questions_of(found))
    if not asked.is_valid():
        is_draft = found.state == Population.State.DRAFT and bool(found.file)
        form = ColumnsForm(population=found) if is_draft else None
        return render(request, "controls/population/page.html", _context(found, user, form, asked))
    choices = dict(asked.cleaned_data)
    return press(request, lambda: start(verbs.answer(found, by=user, choices=choices)[1]), back=found)


@require_POST
def population_sheet(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Read another sheet of the workbook."""
    user = cast(User, request.user)
    found = seen_population(user, pk)
    require(user, Verb.PREPARE_SAMPLE, found.unit)
    sheet = request.POST.get("sheet", "")
    return press(request, lambda: start(verbs.read_sheet(found, by=user, sheet=sheet)[1]), back=found)


def _sheets_of(found: Population) -> list[str]:
    """Return the sheets that can be read instead, as long as the workbook is kept."""
    sheets = found.profile.get("sheets", [])
    return list(sheets) if sheets and kept_workbook(found) else []


def _hidden_among(found: Population, sheets: Sequence[str]) -> list[str]:
    """Return the hidden sheets: they are the last of those that were not read, in the order in which the note names them."""
    named = _noted(found, "hidden_sheets")
    return next((list(sheets[at:]) for at in range(len(sheets)) if named and ", ".join(sheets[at:]) == named), [])


def _noted(found: Population, code: str) -> str:
    return next((value for noted, value in found.profile.get("notes", []) if noted == code), "")


def _first_rows(found: Population) -> list[tuple[int, list[tuple[str, bool]]]]:
    """Return the first rows of a draft, as they will be locked, each cell with whether it is the amount.

    None of a draft whose file is missing, or is not the one that was read in.
    """
    try:
        path = path_of(found)
    except Failed:
        return []
    with WORKSHOP.scratch_engine() as engine:
        rows = first_rows(engine, path, found.columns, found.answers)
    amounts = [name == found.amount_column for name in found.columns]
    return [(number, list(zip(cells, amounts, strict=True))) for number, cells in rows]


def _context(found: Population, user: User, form: ColumnsForm | None, asked: QuestionsForm | None = None) -> dict[str, Any]:
    is_read = found.state == Population.State.DRAFT and bool(found.file)
    questions = questions_of(found) if found.state == Population.State.DRAFT else []
    is_open = any(not question.choice for question in questions)
    checked = found.profile.get("checked")
    problems = Problems.from_json(checked["problems"]) if checked and "problems" in checked else Problems()
    prepares = may(user, Verb.PREPARE_SAMPLE, found.unit)
    reads = may(user, Verb.READ_POPULATION, found.unit)
    samples = list(found.samples.select_related("follow_up__closing", "occasion", "drawn_by"))
    earlier = earlier_draws(found).exclude(population=found)
    return {
        "title": found.name,
        "crumbs": _crumbs(found.control),
        "population": found,
        "form": form if prepares else None,
        **run_context(found.runs.changing().first(), user, found.unit),
        "described": found.profile.get("columns", []),
        "sheets": SheetForm(sheets=sheets, hidden=_hidden_among(found, sheets))
        if is_read and prepares and (sheets := _sheets_of(found))
        else None,
        "sheet_read": _noted(found, "one_sheet_of_several") or _noted(found, "chosen_sheet"),
        "meant": [*found.key_columns, found.amount_column, found.stratum_column],
        "notes": [note_words(code, value) for code, value in found.profile.get("notes", []) if code not in MORE_PAGES],
        # A question quotes the row it is about.
        "asked": (asked or QuestionsForm(questions=questions)) if questions and prepares and reads else None,
        "is_open": is_open,
        "answered": [answer_words(code, answer) for code, answer in found.answers.items()] if reads else [],
        "first_rows": _first_rows(found) if is_read and reads else [],
        "checked": _numbers(checked) if checked else None,
        # A problem quotes the row, and groups may be names of people.
        "reads": reads,
        "problems": problems.found if reads else [],
        "more_problems": sum(problems.counts.values()) - len(problems.found),
        "can_lock": prepares and checked is not None and not problems and not is_open and found.state == Population.State.DRAFT,
        "may_prepare": prepares,
        "may_hold": may(user, Verb.HOLD_POPULATION, found.unit) and found.is_locked,
        "may_read": reads and bool(found.file),
        "fits_spreadsheet": fits_spreadsheet(found.row_count or 0, len(found.columns)),
        "samples": samples,
        "earlier": earlier_draws_for(user, earlier, found.unit),
    }


def run_context(run: SamplingRun | None, user: User, unit: Unit) -> dict[str, Any]:
    """Return the context of controls/population/run.html; nothing for a run that simply ended well."""
    if run is None:
        return {"run": None}
    problem, may_end_it = _problem_of(run, user, unit), may_cancel(run, user, unit)
    return long_runs.run_context(run, QUEUE, pages="sampling_run", may_cancel=may_end_it, problem=problem)


def _problem_of(run: SamplingRun, user: User, unit: Unit) -> str:
    """Return why the run failed, for users who may read the rows: it may quote a cell or name a group."""
    if not run.problem or may(user, Verb.READ_POPULATION, unit):
        return run.problem
    return _("Why is shown to those who work with the control, and to its auditors.")


def _numbers(checked: dict[str, Any]) -> dict[str, Any]:
    """Return the sums as numbers, for the template to word."""
    sums = ("total", "positive_total", "negative_total", "largest")
    worded = {name: None if checked.get(name) is None else Decimal(checked[name]) for name in sums}
    strata = [(name, count, None if total is None else Decimal(total)) for name, count, total in checked.get("strata", [])]
    return {**checked, **worded, "strata": strata}


@require_POST
def population_lock(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Lock the population."""
    user = cast(User, request.user)
    found = seen_population(user, pk)

    def lock() -> SamplingRun:
        return start(verbs.lock(found, by=user)[1])

    words = _("The population is locked. Now the sample can be planned and drawn.")
    return press(request, lock, back=found, said=lambda run: words if run.state == SamplingRun.State.DONE else "")


@require_POST
def population_discard(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Discard the population."""
    user = cast(User, request.user)
    found = seen_population(user, pk)
    words = _("“%(name)s” was discarded. The history keeps that it was uploaded.") % {"name": found.name}
    risk = reverse("risk", args=[found.control.risk_id])
    return press(request, lambda: verbs.discard(found, by=user), back=found, said=words, goes_to=lambda _done: risk)


@require_safe
def population_file(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Serve the population's canonical content as CSV, to be saved: its bytes have the recorded SHA-256."""
    user = cast(User, request.user)
    found = seen_population(user, pk)
    require(user, Verb.READ_POPULATION, found.unit)
    with _content_of(found) as (engine, path, answers):
        # Its name is gone at once: nothing of it outlives the process.
        out = tempfile.TemporaryFile(dir=engine.work)  # noqa: SIM115 - the response closes it
        write_content(engine, path, found.columns, found.key_columns, out, answers)
    return _download(out, f"population-{found.pk}.csv", "text/csv; charset=utf-8")


@require_safe
def population_excel(request: HttpRequest, pk: int, ending: str) -> HttpResponseBase:
    """Serve the canonical content for a spreadsheet, as CSV or XLSX: the same cells, but not the bytes of the hash."""
    user = cast(User, request.user)
    found = seen_population(user, pk)
    require(user, Verb.READ_POPULATION, found.unit)
    if not fits_spreadsheet(found.row_count or 0, len(found.columns)):
        raise Http404(_("The population is too large for a spreadsheet. Download it as CSV."))
    pieces = _excel_pieces(found, ending, about=_about_workbook(found), sheet=_("Population"), swedish=get_language() == "sv")
    # What is wrong with the stored file is an answer of its own, as long as nothing is sent.
    first = next(pieces)
    response = StreamingHttpResponse(_all_of(first, pieces), content_type=_EXCEL_TYPES[ending])
    told = _("for-excel-not-the-hashed-file")
    response.headers["Content-Disposition"] = content_disposition_header(True, f"population-{found.pk}-{told}.{ending}")
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _excel_pieces(found: Population, ending: str, *, about: Sequence[str], sheet: str, swedish: bool) -> Generator[bytes]:
    """Yield the content for a spreadsheet as it is written, so that neither the reader nor the memory waits for the whole."""
    keys = [found.columns.index(name) for name in found.key_columns if name in found.columns]
    with _content_of(found) as (engine, path, answers):
        rows = canonical_rows(engine, path, found.columns, found.key_columns, answers)
        if ending == "xlsx":
            yield from workbook_pieces(rows, keys, about=about, sheet=sheet, came_at=found.uploaded_at)
        else:
            yield from csv_pieces(rows, keys, swedish=swedish)


def _all_of(first: bytes, rest: Generator[bytes]) -> Generator[bytes]:
    with closing(rest):
        yield first
        yield from rest


_EXCEL_TYPES = {"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


def _about_workbook(found: Population) -> list[str]:
    hashed = _("The hashed file is population-%(number)s.csv. Its SHA-256: %(hash)s") if found.sha256 else ""
    return [
        _("This workbook is not the hashed file: it has the same cells, written for a spreadsheet."),
        *([hashed % {"number": found.pk, "hash": found.sha256}] if hashed else []),
    ]


@contextmanager
def _content_of(found: Population) -> Iterator[tuple[Engine, Path, dict[str, Any]]]:
    """Open an engine on the stored file, with its path and the answers not applied yet.

    Raises Http404, and FileAltered when the file is not the one that was read in.
    """
    try:
        path = path_of(found)
    except Failed as failure:
        if found.file and Path(found.file.path).exists():
            raise FileAltered(found.name) from failure
        raise Http404(str(failure)) from failure
    with WORKSHOP.scratch_engine() as engine:
        yield engine, path, found.answers if found.state == Population.State.DRAFT else {}


def _download(out: IO[bytes], name: str, content_type: str) -> FileResponse:
    out.seek(0)
    response = FileResponse(out, as_attachment=True, filename=name, content_type=content_type)
    response.headers["Cache-Control"] = "private, no-store"
    return response


@require_safe
def sampling_run(request: HttpRequest, pk: int) -> JsonResponse:
    """Return the progress of a run as JSON, for the page that waits for it."""
    run = get_object_or_404(SamplingRun.objects.visible_to(cast(User, request.user)), pk=pk)
    return long_runs.progress(run, QUEUE)


@require_POST
def sampling_run_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Cancel the run."""
    user = cast(User, request.user)
    run = get_object_or_404(SamplingRun.objects.visible_to(user).select_related("population__unit", "sample"), pk=pk)
    if cancel(run, by=user):
        messages.success(request, _("Cancelled. Nothing was changed."))
    else:
        messages.info(request, _("It had ended already."))
    if run.kind == SamplingRun.Kind.VERIFY and may(user, Verb.VERIFY, run.population.unit):
        return redirect("sample_verify", run.sample_id)
    return redirect(run.sample or run.population)


def _crumbs(control: Control) -> list[tuple[str, str | None]]:
    risk = control.risk
    return [(str(risk.plan), None), (risk.title, risk.get_absolute_url())]
