"""The values of one row, read against the chosen matrix, with every contradiction between them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import ClassVar, Literal, NamedTuple

from django.utils.translation import gettext as _

from .confidentiality import CONFIDENTIAL, Mark, asked_mark, mark_of
from .days import day_in
from .days_meant import Meant, days_meant
from .fields import Field
from .problems import CODE_NAMES, Problem, Severity
from .questions import LEAVE_OUT, Asked, Choice, leave_out
from .recognition import (
    CONCLUSIONS,
    FREQUENCIES,
    METHODS,
    conclusion_from_fill,
    conclusion_signals,
    methods_listed,
    recognise_frequency,
    recognise_method,
)
from .risk_values import Stated, doubtful_number, is_absent, read_level, read_score, statement_within, surplus_words
from .rows import Raw
from .ticked import has_empty_box, ticked


class Side(NamedTuple):
    """The three fields of an assessment."""

    score: Field
    likelihood: Field
    impact: Field


BEFORE = Side(Field.SCORE, Field.LIKELIHOOD, Field.IMPACT)
AFTER = Side(Field.RESIDUAL, Field.RESIDUAL_LIKELIHOOD, Field.RESIDUAL_IMPACT)


@dataclass(slots=True)
class RowReader:
    """Reader of one row; `problems` are those found so far, `description` the text without the values it states."""

    no_day: ClassVar[tuple[str, Severity]] = ("day_left_out", "warning")
    raw: Raw
    columns: Mapping[Field, str]
    likelihood_levels: Mapping[int, str]
    impact_levels: Mapping[int, str]
    problems: list[Problem]
    description: str
    faulty: bool
    asked: Asked | None
    year: int | None
    _unread: dict[Field, str]

    def __init__(
        self,
        raw: Raw,
        columns: Mapping[Field, str],
        likelihood_levels: Mapping[int, str],
        impact_levels: Mapping[int, str],
        asked: Asked | None = None,
        year: int | None = None,
    ) -> None:
        self.raw, self.columns, self.asked, self.year = raw, columns, asked, year
        self.likelihood_levels, self.impact_levels = likelihood_levels, impact_levels
        self.problems, self.faulty, self._unread = [], False, {}
        self.description = raw.texts.get(Field.DESCRIPTION, "")

    def report(
        self, code: str, name: Field, value: str = "", severity: Severity = "error", choices: tuple[str, ...] = (), **details: str
    ) -> None:
        self.faulty = self.faulty or severity == "error"
        # What is wrong with a risk is said once, on its own row, not again for each further control.
        if self.raw.more_of_risk and name not in self.raw.own:
            return
        column = self.columns.get(name, "")
        self.problems.append(Problem(code, severity, self.raw.first_row, self.raw.place, name, column, value, choices, details))

    def values(self) -> Stated:
        """Return score and factors; wrong values are reported and left out."""
        within, self.description = statement_within(self.description)
        score_text = self._number_text(Field.SCORE)
        stated = read_score(score_text)
        if stated.problem:
            self.report(f"score_{stated.problem}", Field.SCORE, score_text, allowed=_listed(self._scores()))
            stated = Stated()
        if within.problem:
            text = self.raw.texts[Field.DESCRIPTION]
            self.report(f"score_{within.problem}", Field.DESCRIPTION, text, allowed=_listed(self._scores()))
            within = Stated()
        likelihood = self._level(Field.LIKELIHOOD, self.likelihood_levels)
        impact = self._level(Field.IMPACT, self.impact_levels)
        result = Stated(
            self._agreed(Field.SCORE, stated.score, within.score),
            self._agreed(Field.LIKELIHOOD, likelihood, self._on_scale(Field.LIKELIHOOD, stated.likelihood, within.likelihood)),
            self._agreed(Field.IMPACT, impact, self._on_scale(Field.IMPACT, stated.impact, within.impact)),
        )
        return self._consistent(result, BEFORE)

    def residual(self) -> Stated:
        """Return the stated values after the controls.

        The row has a score, or one with its factors (2 x 3 = 6), or columns of their own for the factors.
        """
        self.faulty = False
        text = self._number_text(Field.RESIDUAL)
        stated, possible = read_score(text), self._scores()
        on_scale = stated.likelihood is None or (
            stated.likelihood in self.likelihood_levels and stated.impact in self.impact_levels
        )
        if stated.problem or (possible and not on_scale):
            self.report(f"score_{stated.problem or 'impossible'}", Field.RESIDUAL, text, allowed=_listed(possible))
            stated = Stated()
        result = Stated(
            stated.score,
            self._agreed(AFTER.likelihood, self._level(AFTER.likelihood, self.likelihood_levels), stated.likelihood),
            self._agreed(AFTER.impact, self._level(AFTER.impact, self.impact_levels), stated.impact),
        )
        # Of values that are wrong or contradict each other none is kept, nor is more said of them than what is wrong.
        found = Stated() if self.faulty else self._consistent(result, AFTER)
        return Stated() if self.faulty else found

    def _scores(self) -> list[int]:
        return sorted({a * b for a in self.likelihood_levels for b in self.impact_levels})

    def _level(self, name: Field, levels: Mapping[int, str]) -> int | None:
        text = self._number_text(name)
        level = read_level(text, levels)
        if level.problem:
            self.report(f"level_{level.problem}", name, text, allowed=_labelled(levels))
        elif level.contradicted is not None:
            self.report("level_contradiction", name, text, "warning", allowed=_labelled(levels))
        return level.level

    def _on_scale(self, name: Field, *candidates: int | None) -> int | None:
        """Return the level that a sentence states, if the matrix has it; otherwise report it."""
        levels = self.likelihood_levels if name is Field.LIKELIHOOD else self.impact_levels
        level = next((candidate for candidate in candidates if candidate is not None), None)
        if level is not None and levels and level not in levels:
            self.report("level_not_on_scale", name, str(level), allowed=_labelled(levels))
            return None
        return level

    def _agreed(self, name: Field, column: int | None, text: int | None) -> int | None:
        if column is not None and text is not None and column != text:
            self.report("statement_contradiction", name, str(column), stated=str(text))
        return text if column is None else column

    def _consistent(self, stated: Stated, side: Side) -> Stated:
        score, likelihood, impact = stated.score, stated.likelihood, stated.impact
        possible = self._scores()
        if score is not None and possible and score not in possible:
            self.report("score_impossible", side.score, str(score), allowed=_listed(possible))
            return Stated(None, likelihood, impact) if likelihood and impact else Stated()
        if likelihood is not None and impact is not None:
            if score is not None and likelihood * impact != score:
                self.report(
                    "score_contradiction",
                    side.score,
                    str(score),
                    score=str(score),
                    likelihood=str(likelihood),
                    impact=str(impact),
                    product=str(likelihood * impact),
                )
            return replace(stated, score=likelihood * impact if score is None else score)
        if likelihood is None and impact is None:
            return stated
        if self.faulty:
            # The other factor was stated and refused: nothing follows from this one alone.
            return Stated(score)
        return self._completed(score, likelihood, impact, side)

    def _completed(self, score: int | None, likelihood: int | None, impact: int | None, side: Side) -> Stated:
        """Derive the missing factor from the score and the other one: arithmetic, not a guess."""
        known, name = (likelihood, side.likelihood) if likelihood is not None else (impact, side.impact)
        if score is None or not known:
            self.report("factor_missing", name, str(known), "warning")
            self._unread[name] = "factor_alone"
            return Stated()
        other, remainder = divmod(score, known)
        levels = self.impact_levels if name is side.likelihood else self.likelihood_levels
        if remainder or (levels and other not in levels):
            self.report("factor_contradiction", name, str(known), score=str(score))
            return Stated(score)
        return Stated(score, known, other) if name is side.likelihood else Stated(score, other, known)

    def method(self) -> tuple[str | None, bool]:
        """Return the method, and whether it is only suggested by the control's words."""
        text = self.raw.texts.get(Field.METHOD, "")
        suggestion = recognise_method(self.raw.texts.get(Field.CONTROL, ""))
        if is_absent(text):
            return suggestion, suggestion is not None
        if listed := methods_listed(text):
            return self._chosen_method(text, listed), False
        if stated := recognise_method(text):
            return stated, False
        if suggestion is None:
            self.report("method_unknown", Field.METHOD, text, "warning", METHODS)
            return "other", True
        return suggestion, True

    def frequency(self) -> str | None:
        text = self.raw.texts.get(Field.FREQUENCY, "")
        found = recognise_frequency(text)
        if found is None and not is_absent(text):
            self.report("frequency_unknown", Field.FREQUENCY, text, "warning", FREQUENCIES)
        return found

    def conclusion(self) -> tuple[str | None, Literal["text", "shading"] | None]:
        """Return the conclusion that the cell states in words, else by its colour, and which of the two it was."""
        text, fill = self.raw.texts.get(Field.CONCLUSION, ""), self.raw.fill
        signals = conclusion_signals(text)
        # Of a form's boxes the words beside an empty one are not what it says.
        if len(signals) > 1 or (signals and has_empty_box(text)):
            return self._chosen_conclusion(text), "text"
        if signals:
            return signals[0], "text"
        if fill and (shaded := conclusion_from_fill(fill)):
            return self._conclusion_of_colour(fill, shaded), "shading"
        if any(character.isalnum() for character in text) and not is_absent(text):
            self.report("conclusion_unknown", Field.CONCLUSION, text, "warning", CONCLUSIONS)
        elif fill:
            self.report("conclusion_colour_unknown", Field.CONCLUSION, fill, "warning")
        return None, None

    def confidentiality(self) -> Mark:
        """Return whether the row marks its risk as confidential, and by which section; what cannot be read is asked."""
        return self.settled_mark(mark_of(self.raw.texts, has_column=Field.CONFIDENTIAL in self.columns))

    def settled_mark(self, mark: Mark) -> Mark:
        """Return the mark, or what a person says it is where it is doubtful."""
        if not mark.is_doubtful:
            return mark

        def ask(about: Sequence[str], text: str, choices: Sequence[Choice], guess: str) -> str:
            return self._ask(CONFIDENTIAL, about, text, choices, guess=guess, field=Field.CONFIDENTIAL, value=", ".join(about))

        answered = asked_mark(mark, self.raw.texts, ask)
        if not answered.is_confidential:
            self._unread |= dict.fromkeys((Field.CONFIDENTIAL, Field.SECTION), "chosen_out")
        return answered

    def day(self, name: Field) -> date | None:
        """Return the day in a column of days; a month or a week is asked, what is none is reported, and left out aloud."""
        text = self.raw.texts.get(name, "")
        if is_absent(text):
            return None
        if not day_in(text) and (meant := days_meant(text, self.year) if self.year else Meant()).days:
            return self._chosen_day(name, text, meant)
        try:
            return date.fromisoformat(day_in(text))
        except ValueError:
            self._unread[name] = "not_a_day"
            code, severity = self.no_day
            self.report(code, name, text, severity)
            return None

    def _chosen_day(self, name: Field, text: str, meant: Meant) -> date | None:
        """Return the day that a person says a text means; the text stands in the account of the import."""
        said = _("%(column)s says “%(text)s”. Which day is it?") % {"column": self.columns.get(name) or name.label, "text": text}
        days = {day.isoformat(): day for day in meant.days}
        choices = [*(Choice(day, day) for day in days), leave_out()]
        guess = meant.guess.isoformat() if meant.guess else ""
        answer = self._ask("day", (name.value, text), said, choices, guess=guess, field=name, value=text)
        if answer not in days:
            self._unread[name] = "chosen_out" if answer == LEAVE_OUT else "asked"
        return days.get(answer)

    def _number_text(self, name: Field) -> str:
        """Return the text of a score or level; a number with a doubt beside it (<6, 8?, 6¹) only if a person takes it."""
        text = self.raw.texts.get(name, "")
        number = doubtful_number(text)
        if number is None:
            return text
        answer = self._ask(
            "number",
            (name.value, text),
            _("%(column)s says “%(text)s”. Which value is it?") % {"column": self.columns.get(name) or name.label, "text": text},
            [Choice(number, number), leave_out()],
            guess=number,
            field=name,
            value=text,
        )
        if answer == number:
            return number
        self._unread[name] = "chosen_out" if answer == LEAVE_OUT else "asked"
        return ""

    def _chosen_method(self, text: str, listed: Sequence[str]) -> str | None:
        said = _("“%(text)s” names several methods. Which one is the control's? The words are kept beside it.") % {"text": text}
        return self._chosen_code("method", text, said, METHODS, _("None; keep the text only"), listed[0], Field.METHOD)

    def _chosen_conclusion(self, text: str) -> str | None:
        said = _("“%(text)s” can be read as more than one conclusion. Which is it?") % {"text": text}
        nothing = _("None; keep the text only")
        # No guess but of a form's boxes: whichever sign stands first, the other contradicts it.
        signals = conclusion_signals(ticked(text))
        guess = signals[0] if len(signals) == 1 else ""
        return self._chosen_code("conclusion", text, said, CONCLUSIONS, nothing, guess, Field.CONCLUSION)

    def _conclusion_of_colour(self, fill: str, guess: str) -> str | None:
        said = _("What does the colour #%(fill)s say in the column of conclusions?") % {"fill": fill}
        return self._chosen_code("colour", fill, said, CONCLUSIONS, _("Nothing"), guess, Field.CONCLUSION, f"#{fill}")

    def _chosen_code(
        self, kind: str, about: str, text: str, codes: Sequence[str], nothing: str, guess: str, field: Field, value: str = ""
    ) -> str | None:
        """Return the code that a person chooses; None for `nothing`, and as long as nobody has."""
        choices = [*(Choice(code, str(CODE_NAMES[code])) for code in codes), Choice(LEAVE_OUT, nothing)]
        answer = self._ask(kind, (about,), text, choices, guess=guess, field=field, value=value or about)
        return answer if answer in codes else None

    def _ask(
        self, kind: str, about: Sequence[str], text: str, choices: Sequence[Choice], *, guess: str, field: Field, value: str
    ) -> str:
        """Return the answer; without anybody to ask, the guess."""
        if self.asked is None:
            return guess
        row, place = self.raw.first_row, self.raw.place
        return self.asked.ask(kind, about, text, choices, guess=guess, row=row, place=place, field=field, value=value)

    def unread(self) -> dict[Field, str]:
        """Return the fields whose text gave no value, with the reason's code; complete once every value was read."""
        empty = {name: "no_value" for name in _CODED if is_absent(self.raw.texts.get(name, ""))}
        wrong = {problem.field: "not_read" for problem in self.problems if problem.severity == "error" and problem.field}
        return {**empty, **self._unread, **wrong}

    def surplus(self) -> dict[Field, frozenset[str]]:
        """Return the words of the values' cells that say neither a number nor a level of the matrix."""
        found = {}
        for name in (*BEFORE, *AFTER):
            text = self.raw.texts.get(name, "")
            if not text or text.isdecimal():
                continue
            levels = {BEFORE.likelihood: self.likelihood_levels, AFTER.likelihood: self.likelihood_levels}
            labels = levels.get(name, {} if name in (BEFORE.score, AFTER.score) else self.impact_levels)
            if words := surplus_words(text, labels.values()):
                found[name] = words
        return found


_CODED = (*BEFORE, *AFTER, Field.METHOD, Field.FREQUENCY, Field.CONCLUSION)


def _listed(values: Iterable[object]) -> str:
    return ", ".join(str(value) for value in values)


def _labelled(levels: Mapping[int, str]) -> str:
    return ", ".join(f"{number} ({label})" for number, label in sorted(levels.items()))
