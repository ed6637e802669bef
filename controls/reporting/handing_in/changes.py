"""Changes from one version of a report to the next: row by row, by the tables' keys."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext as _

from controls.reporting.paper import Block, Cell, Column, Kind, Paper, Table, text_cell

NAME = "changes"


def with_changes(before: Paper, now: Paper, number: int, whole: Paper) -> Paper:
    """Return the paper with the table of changes before its first heading, below the summary."""
    first = next((index for index, part in enumerate(now.parts) if part.heading), len(now.parts))
    parts = (*now.parts[:first], changes(before, now, number, whole), *now.parts[first:])
    return replace(now, parts=parts)


def same(before: Paper, now: Paper) -> bool:
    """Return whether both papers have the same content, except the day, the seals and the earlier changes."""
    return [part for part in before.parts if part.name != NAME] == [part for part in now.parts if part.name != NAME]


def changes(before: Paper, now: Paper, number: int, whole: Paper) -> Table:
    """Return a table of rows that are new, gone or changed since version `number`.

    A row gone from a public version, but not from the `whole` one, has become confidential: its words are not
    repeated.
    """
    rows: list[tuple[Cell, ...]] = []
    old = {table.name: table for table in before.tables}
    for table in now.tables:
        if table.keys and table.name in old and old[table.name].keys is not None:
            rows += _of_table(old[table.name], table, set(whole.table(table.name).keys))
    return Table(
        NAME,
        _("Changed since version %(number)d") % {"number": number},
        (
            Column("row", _("Row"), 30),
            Column("what", _("What"), 16),
            Column("old", _("Before"), 40),
            Column("new", _("Now"), 40),
        ),
        tuple(rows),
        description=_("One row for each cell that was changed, and for each row that is new or gone."),
        nothing=_("No row was changed."),
    )


def _of_table(before: Table, now: Table, there: set[str]) -> list[tuple[Cell, ...]]:
    old = dict(zip(before.keys, before.rows, strict=True))
    new = dict(zip(now.keys, now.rows, strict=True))
    found: list[tuple[Cell, ...]] = []
    shown = {column.key for column in now.columns}
    for key, row in new.items():
        if key not in old:
            found.append((_name_cell(row), _sign(_("New"), "+", "ongoing"), Cell(), text_cell(_words(row))))
            continue
        was = {column.key: cell for column, cell in zip(before.columns, old[key], strict=True)}
        for column, cell in zip(now.columns, row, strict=True):
            earlier = was.get(column.key, Cell())
            if earlier.text != cell.text:
                found.append((_name_cell(row), text_cell(column.label), text_cell(earlier.text), text_cell(cell.text)))
        for column in before.columns:
            if column.key not in shown and was[column.key].text:
                found.append((_name_cell(row), text_cell(column.label), text_cell(was[column.key].text), Cell()))
    for key, row in old.items():
        if key not in new and key not in there:
            found.append((_name_cell(row), _sign(_("Gone"), "–", "none"), text_cell(_words(row)), Cell()))
    return found


def _name_cell(row: tuple[Cell, ...]) -> Cell:
    return Cell(row[0].blocks)


def _words(row: tuple[Cell, ...]) -> str:
    return "\n".join(cell.text for cell in row[1:] if cell.text)


def _sign(word: str, symbol: str, tone: str) -> Cell:
    return Cell((Block(Kind.SIGN, word, symbol, tone),))
