"""A report as every writer takes it: words, values and drawings, no model.

Screen, Word, PDF, Excel and JSON are written from a Paper, and a report that is handed in keeps it (`as_json`): what was
frozen is what can be written again. Texts are as people typed them; a writer escapes and cleans.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from riskreg.importing.own_mark import OwnMark

Value = str | int | date | None


class Kind(StrEnum):
    TEXT = "text"
    STRONG = "strong"
    SMALL = "small"
    SIGN = "sign"  # symbol and word, in a tone
    MISSING = "missing"  # where something should have stood


class Block(NamedTuple):
    """A paragraph, or several, of a cell."""

    kind: Kind
    text: str
    symbol: str = ""
    tone: str = ""

    @property
    def words(self) -> str:
        return f"{self.symbol} {self.text}" if self.symbol else self.text


@dataclass(frozen=True, slots=True)
class Cell:
    """`rows`: how many rows it reaches over; 0 in those below its first, which it fills all the same."""

    blocks: tuple[Block, ...] = ()
    value: Value = None
    """The value a spreadsheet calculates with, where that is not the text."""
    rows: int = 1
    fill: str = ""
    """The tone of its ground."""

    @property
    def text(self) -> str:
        return "\n".join(block.words for block in self.blocks)


@dataclass(frozen=True, slots=True)
class Column:
    """`width` is a weight among the table's columns; `type` what a spreadsheet takes its values for."""

    key: str
    label: str
    width: int = 10
    type: str = "text"
    symbol: str = ""
    tone: str = ""

    @property
    def words(self) -> str:
        return f"{self.symbol} {self.label}" if self.symbol else self.label


@dataclass(frozen=True, slots=True)
class Table:
    name: str
    heading: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    description: str = ""
    """Its text alternative: what a row is."""
    keys: tuple[str, ...] = ()
    """The key by which a row is recognised in another version of the report."""
    nothing: str = ""
    """The text shown when there is no row."""
    names_rows: bool = True
    """Whether the first column's cells are the rows' headings."""
    flat: Table | None = field(default=None, compare=False)
    """The same rows with every value in a column of its own, for files that are calculated with and that come back."""

    @property
    def groups(self) -> Iterator[list[tuple[Cell, ...]]]:
        """Yield the groups of rows that the first column's cells reach over."""
        group: list[tuple[Cell, ...]] = []
        for row in self.rows:
            if row[0].rows and group:
                yield group
                group = []
            group.append(row)
        if group:
            yield group


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing with its text alternative, and the table that says the same; `tones` colours that table's cells."""

    name: str
    heading: str
    svg: str
    alternative: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    tones: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Passage:
    """Running text under a heading."""

    name: str
    heading: str
    blocks: tuple[Block, ...]


Part = Table | Chart | Passage
_PARTS: dict[str, type[Part]] = {"table": Table, "chart": Chart, "passage": Passage}


@dataclass(frozen=True)
class Paper:
    """The content of a report: the heading's facts, and the parts in their order."""

    kind: str
    organisation: str
    unit: str
    heading: str
    subtitle: str
    language: str
    drawn_up_on: date
    registry_number: str = ""
    facts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    """The parts missing before it is complete, each with its number."""
    confidential: tuple[str, ...] = ()
    """The sections of the law behind the confidential things that it does show."""
    left_out: int = 0
    """Confidential risks kept from this reader."""
    matrix: str = ""
    trail_head: str = ""
    seal: str = ""
    parts: tuple[Part, ...] = field(default=())

    @property
    def mark(self) -> str:
        """What tells a file of this paper from others when it comes back; empty for a paper whose rows cannot come back."""
        comes_back = any(table.flat for table in self.tables)
        return str(OwnMark(self.kind, self.language)) if comes_back else ""

    @property
    def title(self) -> str:
        return f"{self.heading} – {self.subtitle}"

    @property
    def tables(self) -> list[Table]:
        return [part for part in self.parts if isinstance(part, Table)]

    @property
    def charts(self) -> list[Chart]:
        return [part for part in self.parts if isinstance(part, Chart)]

    @property
    def size(self) -> int:
        """The number of rows of all its tables."""
        return sum(len(table.rows) for table in self.tables)

    def table(self, name: str) -> Table:
        return next(table for table in self.tables if table.name == name)


def text_cell(text: str, kind: Kind = Kind.TEXT) -> Cell:
    """Return a cell with one text; empty for ''."""
    return Cell((Block(kind, text),) if text else ())


def as_json(paper: Paper) -> dict[str, Any]:
    """Return the paper as plain values; from_json makes the same Paper of them."""
    content: dict[str, Any] = _plain({name: value for name, value in vars(paper).items() if name != "parts"})
    names = {one: name for name, one in _PARTS.items()}
    content["parts"] = [{"type": names[type(part)], **_content_of(part)} for part in paper.parts]
    return content


def _content_of(part: Part) -> dict[str, Any]:
    flat = part.flat if isinstance(part, Table) else None
    content: dict[str, Any] = _plain(asdict(replace(part, flat=None) if isinstance(part, Table) else part))
    # A paper from before, which has none, keeps the content that it was frozen with.
    content.pop("flat", None)
    return content | ({"flat": _content_of(flat)} if flat is not None else {})


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return {"date": value.isoformat()}
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return str(value) if isinstance(value, str) else value


def from_json(content: Mapping[str, Any]) -> Paper:
    """Return the Paper of the values that `as_json` made."""
    fields = {name: _frozen(value) for name, value in content.items() if name != "parts"}
    return Paper(**fields, parts=tuple(_part(one) for one in content["parts"]))


def _part(content: Mapping[str, Any]) -> Part:
    made = _PARTS[content["type"]]
    fields = {
        name: _frozen(value) for name, value in content.items() if name not in {"type", "columns", "rows", "blocks", "flat"}
    }
    if made is Table:
        fields["columns"] = tuple(Column(**column) for column in content["columns"])
        fields["rows"] = tuple(tuple(_cell(cell) for cell in row) for row in content["rows"])
        flat = _part({"type": "table", **content["flat"]}) if content.get("flat") else None
        fields["flat"] = flat
    elif made is Chart:
        fields["rows"] = _frozen(content["rows"])
    else:
        fields["blocks"] = _blocks(content["blocks"])
    return made(**fields)


def _cell(content: Mapping[str, Any]) -> Cell:
    return Cell(_blocks(content["blocks"]), _frozen(content["value"]), content["rows"], content["fill"])


def _blocks(content: list[list[str]]) -> tuple[Block, ...]:
    return tuple(Block(Kind(kind), text, symbol, tone) for kind, text, symbol, tone in content)


def _frozen(value: Any) -> Any:
    if isinstance(value, Mapping):
        return date.fromisoformat(value["date"])
    return tuple(_frozen(one) for one in value) if isinstance(value, list) else value
