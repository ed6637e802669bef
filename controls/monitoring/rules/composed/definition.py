"""What a person chose when composing a rule, and whether it makes sense for the register."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from controls.monitoring.kinds import FieldType, Kind
from controls.monitoring.registers.cells import mask_persons
from riskreg import clock
from riskreg.numbers import number_text, read_number

OWN = "own:"
"""The codes of composed rules begin so; the rest is the rule's name."""
LONGEST_NAME, LONGEST_TEXT, MOST_TEXTS = 50, 200, 50
GREATEST = Decimal(10) ** 12
MOST_MONTHS = 600


class Comparison(StrEnum):
    """What is told of a field."""

    FELL_BY = "fell_by"
    ROSE_BY = "rose_by"
    CHANGED = "changed"
    IS = "is"
    IS_NOT = "is_not"
    ONE_OF = "one_of"
    OVER = "over"
    UNDER = "under"
    OLDER_THAN = "older_than"
    EMPTY = "empty"
    NOT_EMPTY = "not_empty"


_NUMBERS = frozenset({FieldType.AMOUNT, FieldType.NUMBER})
_WORDS = frozenset({FieldType.TEXT})
FITS: dict[Comparison, frozenset[FieldType]] = {
    Comparison.FELL_BY: _NUMBERS,
    Comparison.ROSE_BY: _NUMBERS,
    Comparison.CHANGED: frozenset(FieldType),
    Comparison.IS: _NUMBERS | _WORDS | {FieldType.FLAG},
    Comparison.IS_NOT: _NUMBERS | _WORDS | {FieldType.FLAG},
    Comparison.ONE_OF: _WORDS,
    Comparison.OVER: _NUMBERS,
    Comparison.UNDER: _NUMBERS,
    Comparison.OLDER_THAN: frozenset({FieldType.DAY}),
    Comparison.EMPTY: frozenset(FieldType),
    Comparison.NOT_EMPTY: frozenset(FieldType),
}
"""The types of field that each comparison can be made of."""
DIFFERENCES = frozenset({Comparison.FELL_BY, Comparison.ROSE_BY, Comparison.CHANGED})
"""The comparisons with the snapshot before."""
WITHOUT_VALUE = frozenset({Comparison.CHANGED, Comparison.EMPTY, Comparison.NOT_EMPTY})
TYPES: dict[FieldType, str | Promise] = {
    FieldType.TEXT: gettext_lazy("a text"),
    FieldType.IDENTITY: gettext_lazy("an organisation number"),
    FieldType.AMOUNT: gettext_lazy("an amount"),
    FieldType.NUMBER: gettext_lazy("a number"),
    FieldType.DAY: gettext_lazy("a date"),
    FieldType.FLAG: gettext_lazy("yes or no"),
    FieldType.ACCOUNT: gettext_lazy("an account"),
}
YES, NO = "yes", "no"
_SAID = {"ja": YES, "yes": YES, "j": YES, "y": YES, "nej": NO, "no": NO, "n": NO}
WITH, WITHOUT = "with", "without"


@dataclass(frozen=True, slots=True)
class Condition:
    """A field, a comparison, and its value as it is stored: numbers with a point, texts of several lines, yes or no."""

    field: str
    comparison: Comparison
    value: str = ""

    @property
    def is_difference(self) -> bool:
        return self.comparison in DIFFERENCES


@dataclass(frozen=True, slots=True)
class Definition:
    """A composed rule: what it tells of which field, for rows that meet all of `where`, and for which companies."""

    tells: Condition
    where: tuple[Condition, ...] = ()
    agreement: str = ""
    """`with` or `without` an agreement in force with the same company; empty: either."""
    paid_over: str = ""
    """More than this was paid to the company in `paid_months`; empty: whatever was paid."""
    paid_months: int = 12
    is_supplier: bool = False
    """The company is among the suppliers in use."""

    def as_json(self) -> dict[str, Any]:
        """Return it as it is stored."""
        return {**asdict(self), "where": [asdict(one) for one in self.where]}

    @classmethod
    def of_json(cls, stored: Mapping[str, Any]) -> Self:
        """Return it as it was stored. Raises ValidationError for what no version of the product has written."""
        try:
            told, where = stored["tells"], stored.get("where", ())
            rest = {name: stored[name] for name in ("agreement", "paid_over", "paid_months", "is_supplier") if name in stored}
            return cls(_condition(told), tuple(_condition(one) for one in where), **rest)
        except (KeyError, TypeError, ValueError) as error:
            raise ValidationError(_("The rule is composed in a way that this version does not know.")) from error

    def conditions(self) -> tuple[Condition, ...]:
        return (self.tells, *self.where)

    @property
    def joins(self) -> bool:
        """True if the rule asks another register for the same company."""
        return bool(self.agreement or self.paid_over or self.is_supplier)


def _condition(stored: Mapping[str, Any]) -> Condition:
    return Condition(stored["field"], Comparison(stored["comparison"]), stored.get("value", ""))


def field_type(kind: Kind, field: str) -> FieldType:
    """Return the type of a field; columns of a register of one's own are texts. Raises KeyError for one that is not there."""
    return kind.field(field).type if kind.fields else FieldType.TEXT


def field_label(kind: Kind, field: str) -> str:
    """Return what the field is called: its label, or its heading in a register of one's own."""
    return next((str(each.label) for each in kind.fields if each.code == field), field)


def require_sense(definition: Definition, kind: Kind, fields: Sequence[str] | None) -> None:
    """Raise ValidationError unless the definition makes sense for a register of the kind with these fields.

    Without fields, whether they are there is not asked.
    """
    known = [each.code for each in kind.fields]
    for one in definition.conditions():
        if one.field not in (known or [one.field]) or (fields is not None and one.field not in fields):
            raise ValidationError(_("The register has no field “%(field)s”.") % {"field": field_label(kind, one.field)})
        require_fit(one, kind)
    if any(one.is_difference for one in definition.where):
        raise ValidationError(_("Only what the rule tells can be a change; of which rows is said of how they are now."))
    if definition.tells.is_difference and kind.code == "ledger":
        raise ValidationError(_("The lines of a ledger have nothing before them to be compared with."))
    if definition.joins and not kind.has_identity:
        raise ValidationError(_("The register has no organisation numbers by which other registers could be asked."))
    reads = {"agreements": definition.agreement, "ledger": definition.paid_over, "suppliers": definition.is_supplier}
    if reads.get(kind.code):
        raise ValidationError(_("The register cannot be asked about itself."))


def require_fit(one: Condition, kind: Kind) -> None:
    """Raise ValidationError unless the comparison can be made of the field."""
    of = field_type(kind, one.field)
    if of not in FITS[one.comparison]:
        said = {"field": field_label(kind, one.field), "type": TYPES[of]}
        raise ValidationError(_("That cannot be asked of “%(field)s”, which is %(type)s. Choose another comparison.") % said)


def read_value(typed: str, comparison: Comparison, of: FieldType) -> str:
    """Return the value as it is stored. Raises ValidationError that says what is to be typed."""
    text = typed.strip()
    if comparison in WITHOUT_VALUE:
        return ""
    if not text:
        raise ValidationError(_("Write what it is compared with."))
    if comparison == Comparison.OLDER_THAN:
        return str(read_months(text))
    if of == FieldType.FLAG:
        if text.lower() not in _SAID:
            raise ValidationError(_("Write yes or no."))
        return _SAID[text.lower()]
    if of in _NUMBERS:
        return str(read_amount(text))
    texts = [text] if comparison != Comparison.ONE_OF else _texts(text)
    if any(len(one) > LONGEST_TEXT for one in texts) or len(texts) > MOST_TEXTS:
        raise ValidationError(_("At most %(texts)s texts of %(signs)s signs.") % {"texts": MOST_TEXTS, "signs": LONGEST_TEXT})
    if any(mask_persons(one, on=clock.today()) != one for one in texts):
        raise ValidationError(_("A rule holds no personal numbers. Ask about another field."))
    return "\n".join(texts)


def _texts(text: str) -> list[str]:
    parts = (part.strip() for line in text.splitlines() for part in line.replace(";", ",").split(","))
    return list(dict.fromkeys(part for part in parts if part))


def read_amount(typed: str) -> Decimal:
    """Read a number. Raises ValidationError."""
    try:
        number = read_number(typed)
    except ValueError:
        number = None
    if number is None or abs(number) > GREATEST or number != round(number, 4):
        raise ValidationError(_("“%(typed)s” is no number with at most four decimals.") % {"typed": typed})
    return number


def read_months(typed: str) -> int:
    """Read a number of months. Raises ValidationError."""
    text = typed.strip()
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:6]) <= MOST_MONTHS):
        said = {"typed": text, "greatest": number_text(MOST_MONTHS)}
        raise ValidationError(_("“%(typed)s” is no number of months from 1 to %(greatest)s.") % said)
    return int(text)


def read_name(typed: str, taken: Sequence[str]) -> str:
    """Return the rule's code. Raises ValidationError for a name that is too long, or that another rule has."""
    name = " ".join(typed.split())
    if not 3 <= len(name) <= LONGEST_NAME:
        raise ValidationError(_("Write a name of 3 to %(most)s signs.") % {"most": LONGEST_NAME})
    if not name.isprintable() or mask_persons(name, on=clock.today()) != name:
        raise ValidationError(_("A rule holds no personal numbers. Ask about another field."))
    if (OWN + name).lower() in {one.lower() for one in taken}:
        raise ValidationError(_("Another rule of the register has that name."))
    return OWN + name
