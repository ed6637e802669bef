"""A composed rule made into one that is run: its SQL binds every value, and names no column but known ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from string import ascii_lowercase

from controls.data_files.content import JOINER
from controls.data_files.engine import literal
from controls.monitoring.kinds import FieldType, Kind
from controls.monitoring.rules.composed.definition import (
    OWN,
    WITH,
    YES,
    Comparison,
    Condition,
    Definition,
    field_type,
    require_sense,
)
from controls.monitoring.rules.composed.saying import rule_words
from controls.monitoring.rules.netting import DOCUMENTS
from controls.monitoring.rules.packs.agreements import TERMS
from controls.monitoring.rules.packs.suppliers.ours import OURS
from controls.monitoring.rules.rule import BEFORE, Parameter, ParameterType, Relation, Rule, Value

WEIGHT = 2
_NAMES = {
    "suppliers": "name",
    "ledger": "supplier_name",
    "companies": "name",
    "watched": "name",
    "agreements": "supplier_name",
    "systems": "name",
    "operations": "name",
    "bank_accounts": "supplier_number",
}
_NUMBERS_OF_THEIR_OWN = {
    "suppliers": ("supplier_number",),
    "ledger": ("supplier_id", "supplier_name"),
    "agreements": ("agreement_number",),
    "bank_accounts": ("supplier_number",),
    "systems": ("name",),
    "operations": ("name",),
}
"""By kind: the fields that name the subject where there is no identity."""
_FACTS = {
    "ledger": {"voucher": "voucher", "invoice": "invoice", "day": "day"},
    "agreements": {"agreement": "agreement_number"},
    "operations": {"unit": "unit_name"},
    "bank_accounts": {"supplier_number": "supplier_number"},
}
"""By kind: what a hit tells besides, by the code of the fact."""
_NOT_TOLD = frozenset({FieldType.IDENTITY, FieldType.ACCOUNT})
"""Their values may be a person's: that they changed is told, not from what to what."""


def write_rule(
    code: str,
    definition: Definition,
    kind: Kind,
    *,
    fields: Sequence[str] | None = None,
    columns: Mapping[str, Sequence[str]] | None = None,
) -> Rule:
    """Return the rule. Raises ValidationError for a definition that makes no sense for the kind, or with these fields.

    `columns`: the headings of each view's file, for a register of one's own, whose columns have no other names; without
    them the rule can be spoken of, not run.
    """
    require_sense(definition, kind, fields)
    return _Writer(definition, kind, columns or {}).rule(code)


class _Writer:
    def __init__(self, definition: Definition, kind: Kind, columns: Mapping[str, Sequence[str]]) -> None:
        self.definition, self.kind, self.columns = definition, kind, columns
        self.bound: list[Parameter] = []

    def rule(self, code: str) -> Rule:
        told = self.definition.tells
        needs = [self.kind.code, *([self.kind.code + BEFORE] if told.is_difference else [])]
        relations: list[Relation] = []
        conditions = [self._condition(one) for one in self.definition.conditions()]
        for need, relation, condition in self._joins():
            needs.append(need)
            relations.append(relation)
            conditions.append(condition)
        sql = (
            f"select {self._subject()} as subject, {self._name()} as subject_name, {self._facts()} as facts, [n.row] as rows, "
            f"{self._amount()} as amount from {self._rows()} where {' and '.join(f'({one})' for one in conditions)}"
        )
        return Rule(
            code,
            code.removeprefix(OWN),
            # The sentence of a rule is filled in with its parameters: a per cent sign is itself.
            rule_words(self.definition, self.kind).replace("%", "%%"),
            needs=tuple(needs),
            sql=sql,
            parameters=tuple(self.bound),
            relations=tuple(relations),
            weight=WEIGHT,
        )

    def _bind(self, value: Value) -> str:
        """Return the name by which the query asks for the value."""
        name = f"value_{ascii_lowercase[len(self.bound)]}"
        self.bound.append(Parameter(name, name, ParameterType.AMOUNT, value))
        return f"${name}"

    def _rows(self) -> str:
        if not self.definition.tells.is_difference:
            return f"{self.kind.code} n"
        # A key that several rows have cannot be followed from one snapshot to the next.
        now, before = (
            f"(select * from {alias} qualify count(*) over (partition by key) = 1)"
            for alias in (self.kind.code, self.kind.code + BEFORE)
        )
        return f"{now} n join {before} b on b.key = n.key"

    def _column(self, field: str, at: str = "n") -> str:
        if self.kind.fields:
            return f"{at}.{self.kind.field(field).code}"
        headings = self.columns.get(self.kind.code + (BEFORE if at == "b" else ""), ())
        return f"{at}.c{headings.index(field) if field in headings else 0}"

    def _cell(self, field: str, at: str = "n") -> str:
        """Return the field's value, of which nothing is null: an empty text, too."""
        column = self._column(field, at)
        return f"nullif(trim({column}), '')" if field_type(self.kind, field) == FieldType.TEXT else column

    def _condition(self, one: Condition) -> str:
        cell, of = self._cell(one.field), field_type(self.kind, one.field)
        if one.comparison == Comparison.EMPTY:
            return f"{cell} is null"
        if one.comparison == Comparison.NOT_EMPTY:
            return f"{cell} is not null"
        if one.comparison == Comparison.CHANGED:
            return f"{cell} is distinct from {self._cell(one.field, 'b')}"
        if one.comparison == Comparison.OLDER_THAN:
            return f"{cell} < $today - to_months({self._bind(int(one.value))})"
        if one.comparison == Comparison.ONE_OF:
            return f"list_contains(string_split({self._bind(one.value.lower())}, chr(10)), lower({cell}))"
        if of == FieldType.FLAG:
            is_yes = (one.value == YES) == (one.comparison == Comparison.IS)
            return f"{cell} = {str(is_yes).lower()}"
        if of == FieldType.TEXT:
            sign = "=" if one.comparison == Comparison.IS else "<>"
            return f"lower({cell}) {sign} {self._bind(one.value.lower())}"
        value = self._bind(Decimal(one.value))
        if one.comparison in (Comparison.FELL_BY, Comparison.ROSE_BY):
            return f"{self._rise()} >= {value}"
        return f"{cell} {_SIGNS[one.comparison]} {value}"

    def _rise(self) -> str:
        """Return by how much the field rose, or fell, whichever is told."""
        now, before = (self._cell(self.definition.tells.field, at) for at in "nb")
        return f"{before} - {now}" if self.definition.tells.comparison == Comparison.FELL_BY else f"{now} - {before}"

    def _joins(self) -> list[tuple[str, Relation, str]]:
        found = []
        if self.definition.is_supplier:
            found.append(("suppliers", OURS, "n.identity in (select identity from ours)"))
        if self.definition.agreement:
            has = "" if self.definition.agreement == WITH else "n.identity is not null and not "
            in_force = "select 1 from terms t where t.identity = n.identity and $today between t.starts and t.ends"
            found.append(("agreements", TERMS, f"{has}exists ({in_force})"))
        if self.definition.paid_over:
            months, least = self._bind(self.definition.paid_months), self._bind(Decimal(self.definition.paid_over))
            lately = f"select payee, amount from documents where day > $today - to_months({months})"
            paid = f"select payee from ({lately}) group by payee having sum(amount) > {least}"
            found.append(("ledger", DOCUMENTS, f"n.identity in ({paid})"))
        return found

    def _subject(self) -> str:
        parts = ["n.identity"] if self.kind.has_identity else []
        parts += [f"nullif(n.{name}, '')" for name in _NUMBERS_OF_THEIR_OWN.get(self.kind.code, ())]
        return f"coalesce({', '.join([*parts, self._key()])})"

    def _key(self) -> str:
        return f"nullif(replace(n.key, {literal(JOINER)}, ', '), ''), cast(n.row as varchar)"

    def _name(self) -> str:
        name = _NAMES.get(self.kind.code)
        return f"coalesce({f'n.{name}, ' if name else ''}{self._key()})"

    def _facts(self) -> str:
        found = {code: f"n.{column}" for code, column in _FACTS.get(self.kind.code, {}).items()}
        told = self.definition.tells
        if field_type(self.kind, told.field) not in _NOT_TOLD:
            if told.is_difference:
                found |= {"before": self._cell(told.field, "b"), "after": self._cell(told.field)}
            else:
                found[fact_code(self.kind, told.field)] = self._cell(told.field)
        for one in self.definition.where:
            if field_type(self.kind, one.field) not in _NOT_TOLD:
                found[fact_code(self.kind, one.field)] = self._cell(one.field)
        if not found:
            return "{'changed': null::varchar}"
        return "{" + ", ".join(f"{literal(code)}: {sql}" for code, sql in found.items()) + "}"

    def _amount(self) -> str:
        told = self.definition.tells
        if field_type(self.kind, told.field) != FieldType.AMOUNT:
            return "null::decimal(18, 4)"
        is_step = told.comparison in (Comparison.FELL_BY, Comparison.ROSE_BY)
        return f"cast({self._rise() if is_step else self._cell(told.field)} as decimal(18, 4))"


_SIGNS = {Comparison.IS: "=", Comparison.IS_NOT: "<>", Comparison.OVER: ">", Comparison.UNDER: "<"}


def fact_code(kind: Kind, field: str) -> str:
    """Return the code of the fact that is a field's value: words.fact_label knows it."""
    return f"{kind.code}.{field}"
