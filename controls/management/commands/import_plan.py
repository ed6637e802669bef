"""`manage.py import_plan`: preview or import a file into a plan."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from controls.importing.changes import Effect, PlanChanges, shorten, what_becomes_of
from controls.importing.comparing import compare
from controls.importing.plan import ImportRefused, import_rows
from controls.importing.problems import AnyProblem, in_order
from controls.importing.reading import Reading, read
from controls.importing.target import Target, UnknownTarget, closing_named, find_target, matrix_named, unit_named
from riskreg.access.verbs import NotPermitted
from riskreg.importing.account import Account, Fate
from riskreg.importing.columns import IGNORED, Field, normalise_heading
from riskreg.importing.place_words import row_in_words
from riskreg.importing.questions import Question
from riskreg.importing.tables import UnreadableFile
from riskreg.importing.years import by_row
from riskreg.management.explained_command import ExplainedCommand, NotStarted
from riskreg.models import Unit, User

LINES_SHOWN = 200


class Command(ExplainedCommand):
    help = gettext_lazy(  # type: ignore[assignment]
        "Imports a plan or a follow-up table (.docx, .xlsx, .xls, .ods, .csv, .pdf), all or nothing."
    )
    exit_codes = {
        0: gettext_lazy("imported, or with --dry-run: could be imported"),
        1: gettext_lazy("the file has errors, named by row; nothing was imported"),
        2: gettext_lazy("the file cannot be read, unit, closing or user is not there or may not, or the arguments are wrong"),
    }
    example = "import_plan plan.docx --unit Kommunstyrelsen --year 2026 --by eva.dahl@alingsas.example --dry-run"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--unit", required=True, help=_("The unit's name, for instance Kommunstyrelsen."))
        parser.add_argument("--year", required=True, type=int)
        parser.add_argument("--matrix", help=_("The risk matrix's name, or name and version; default: the newest in force."))
        parser.add_argument("--closing", help=_("The results' closing: interim, annual, first_tertial, or its name."))
        parser.add_argument("--by", help=_("E-mail of the user who imports; required unless --dry-run."))
        parser.add_argument("--dry-run", action="store_true", help=_("Show what would change and write nothing."))

        parser.add_argument(
            "--answer", action="append", default=[], metavar="KEY=CHOICE", help=_("Answer a question; may be repeated.")
        )
        parser.add_argument("--sheet", help=_("Which plan, when the file holds several: the sheet's name or the plan's title."))
        parser.add_argument("--map", action="append", default=[], metavar="HEADING=FIELD", help=_("Say what a column holds."))
        parser.add_argument("--ignore", action="append", default=[], metavar="HEADING", help=_("Leave a column out."))
        parser.add_argument("--yes-to", action="append", default=[], metavar="KEY", help=_("Accept the guess of a question."))

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        if not path.is_file():
            raise NotStarted(_("There is no file %(path)s.") % {"path": path})
        try:
            unit = unit_named(options["unit"], Unit.objects.filter(is_active=True))
            matrix = matrix_named(options["matrix"], unit) if options["matrix"] else None
            closing = closing_named(options["closing"], unit, options["year"]) if options["closing"] else None
            target = find_target(unit, options["year"], matrix, closing)
            answers = self._answers(options["answer"])
            reading = self._read(path, target, options, answers)
        except (UnknownTarget, UnreadableFile) as refusal:
            raise NotStarted(str(refusal)) from None
        self._require_headings(reading, options)
        author = self._author(options["by"]) if options["by"] else None
        changes = compare(reading.rows, target, by=author, answers=answers)
        questions = [*reading.asked.questions, *changes.findings.asked.questions]
        if guesses := self._guesses(options["yes_to"], questions):
            answers |= guesses
            reading = self._read(path, target, options, answers)
            changes = compare(reading.rows, target, by=author, answers=answers)
            questions = [*reading.asked.questions, *changes.findings.asked.questions]
        problems = in_order([*reading.problems, *changes.problems])
        self._show_columns(reading)
        self._show(problems)
        self._show_questions(questions)
        self._show_missing(changes)
        if any(problem.severity == "error" for problem in problems):
            raise CommandError(_("Nothing was imported: correct the errors above in %(file)s.") % {"file": path.name})
        if options["dry_run"]:
            self._show_changes(changes)
            self._show_compared(reading)
            self._summary(changes.counts())
            self._show_account(reading.account(changes.findings.settled))
            self.stdout.write(_("Dry run: nothing was written."))
            return
        try:
            outcome = import_rows(reading.rows, target, by=self._author(options["by"]), source=path.name, answers=answers)
        except ImportRefused as refusal:
            self._show(refusal.problems)
            raise CommandError(_("Nothing was imported.")) from None
        except NotPermitted as refusal:
            raise NotStarted(str(refusal)) from None
        self._summary(outcome.counts)
        done = _("The file agrees with the plan already: nothing was changed.") if outcome.changed_nothing else _("Imported.")
        self.stdout.write(self.style.SUCCESS(f"{outcome.plan}: {done}"))

    def _author(self, email: str | None) -> User:
        if email:
            user = User.objects.filter(email__iexact=email, is_active=True).first()
            if user is None:
                raise NotStarted(_("There is no active user %(email)s.") % {"email": email})
            return user
        raise NotStarted(_("Say who imports: --by controller@kommun.example. It is kept in the history."))

    def _read(self, path: Path, target: Target, options: dict[str, Any], answers: dict[str, str]) -> Reading:
        mapping = {}
        for given in options["map"]:
            heading, _divider, name = given.rpartition("=")
            mapping[normalise_heading(heading)] = self._field(name)
        mapping |= {normalise_heading(heading): IGNORED for heading in options["ignore"]}
        with path.open("rb") as file:
            return read(file, path.name, target, mapping, answers, options["sheet"] or "")

    def _require_headings(self, reading: Reading, options: dict[str, Any]) -> None:
        """Refuse a column that the file has not: nobody believes that it was mapped or left out."""
        there = {normalise_heading(match.heading): match.heading for match in reading.columns if match.heading}
        for heading in [*(given.rpartition("=")[0] for given in options["map"]), *options["ignore"]]:
            if there and normalise_heading(heading) not in there:
                known = ", ".join(there.values())
                raise NotStarted(
                    _("There is no column “%(name)s” in the file. There are: %(known)s.") % {"name": heading, "known": known}
                )

    def _field(self, name: str) -> str:
        """Return the field's code for its code or its name in the active language."""
        wanted = name.strip().casefold()
        found = next((field for field in Field if wanted in {field.value, str(field.label).casefold()}), None)
        if found is None:
            known = ", ".join(field.value for field in Field)
            raise NotStarted(_("There is no field “%(name)s”. There are: %(known)s.") % {"name": name, "known": known})
        return found.value

    def _answers(self, given: list[str]) -> dict[str, str]:
        answers = {}
        for one in given:
            key, divider, choice = one.partition("=")
            if not divider or not choice:
                raise NotStarted(_("Write an answer as KEY=CHOICE, not “%(given)s”.") % {"given": one})
            answers[key] = choice
        return answers

    def _guesses(self, keys: list[str], questions: list[Question]) -> dict[str, str]:
        guesses = {question.key: question.guess for question in questions if question.guess}
        for key in keys:
            if key not in guesses:
                raise NotStarted(_("There is no question %(key)s with a guess to accept.") % {"key": key})
        return {key: guesses[key] for key in keys}

    def _show_questions(self, questions: list[Question]) -> None:
        for question in questions:
            if question.is_open or question.is_offer:
                where = f" ({row_in_words(question.place, question.row)})" if question.row else ""
                self.stderr.write(self.style.WARNING(f"{question.key}: {question.text}{where}"))
                for choice in question.choices:
                    guess = " " + _("(our guess)") if choice.code == question.guess else ""
                    self.stderr.write(f"  --answer {question.key}={choice.code}   {choice.label}{guess}")

    def _show(self, problems: list[AnyProblem]) -> None:
        for problem in problems:
            label = problem.field.label if problem.field else ""
            said = (row_in_words(problem.place, problem.row), label, problem.value)
            place = ", ".join(str(part) for part in said if str(part))
            style = self.style.ERROR if problem.severity == "error" else self.style.WARNING
            self.stderr.write(style(f"{place}: {problem.message}" if place else str(problem.message)))

    def _show_columns(self, reading: Reading) -> None:
        unknown = [
            column.heading
            for column in reading.open_columns
            if column.field is None and column.heading and column.how != "compared"
        ]
        if unknown:
            message = _("Columns that are left out: %(headings)s. In the administration you can say what they hold.")
            self.stderr.write(self.style.WARNING(message % {"headings": ", ".join(unknown)}))

    def _show_missing(self, changes: PlanChanges) -> None:
        missing = [f"{risk.number}. {risk.title}" for risk in changes.not_in_file]
        missing += [f"{control.risk.title}: {shorten(control.description)}" for control in changes.controls_not_in_file]
        if missing:
            self.stdout.write(_("In the plan but not in the file; left as they are:"))
            self._listed(missing)

    def _show_changes(self, changes: PlanChanges) -> None:
        for risk in changes.risks:
            if risk.overall is Effect.CHANGED:
                self.stdout.write(_("%(title)s is changed:") % {"title": risk.title})
                fields = [f"{one.label}: {shorten(one.old)} → {shorten(one.new)}" for one in risk.all_fields]
                added = (one.description for one in risk.controls if one.effect is Effect.NEW)
                new = [_("new: %(control)s") % {"control": shorten(control)} for control in added]
                self._listed([*fields, *new])

    def _show_compared(self, reading: Reading) -> None:
        found = [one for of_row in by_row(reading.compared).values() for one in of_row]
        if found:
            self.stdout.write(_("Of several years:"))
            named = [(one.row.title or one.row.number or one.row.control, one) for one in found]
            self._listed([f"{name}, {one.field.label}: {shorten(str(one))}" for name, one in named])

    def _show_account(self, account: Account) -> None:
        """Print how much of the file is taken, kept and left out, and every piece that is left out: all of them."""
        for fate, counted in account.counts().items():
            said = ngettext("%(fate)s: %(pieces)d cell or line, %(words)d words", "%(fate)s: %(pieces)d cells or lines, "
                            "%(words)d words", counted.pieces)  # fmt: skip
            self.stdout.write(said % {"fate": fate.label, "pieces": counted.pieces, "words": counted.words})
        for entry in account.of(Fate.LEFT_OUT):
            where = ", ".join(part for part in (row_in_words(entry.place, entry.row), entry.heading) if part)
            self.stdout.write(f"  {where}: {shorten(entry.text)} – {entry.reason}")

    def _listed(self, lines: list[str]) -> None:
        for line in lines[:LINES_SHOWN]:
            self.stdout.write(f"  {line}")
        if len(lines) > LINES_SHOWN:
            more = len(lines) - LINES_SHOWN
            self.stdout.write("  " + ngettext("and %(more)s more", "and %(more)s more", more) % {"more": more})

    def _summary(self, counts: dict[str, int]) -> None:
        labels = {"risks": _("Risks"), "controls": _("Controls"), "follow_ups": _("Follow-ups")}
        for name, label in labels.items():
            self.stdout.write(
                _("%(what)s: %(new)d new, %(changed)d changed, %(same)d unchanged")
                % {
                    "what": label,
                    "new": counts.get(f"{name}_new", 0),
                    "changed": counts.get(f"{name}_changed", 0),
                    "same": counts.get(f"{name}_same", 0),
                }
            )
        for line in what_becomes_of(counts):
            self.stdout.write(line)
