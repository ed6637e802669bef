"""A block's rows as risks and controls: which rows belong together, and which are no row of the plan."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from .blocks import Block, BlockRow, lone_text
from .cells import Cell, Place
from .ditto import with_dittos_read
from .fields import Field
from .nameless import naming_field
from .stated_numbers import are_one_risks
from .text import cut_short, ends_sentence, hyphen_replacement, join_texts
from .totals import is_total

# What a row says of the risk itself; the rest is said of one control of it.
RISK_FIELDS = frozenset(
    {
        Field.NUMBER,
        Field.TITLE,
        Field.DESCRIPTION,
        Field.CATEGORY,
        Field.PROCESS,
        Field.UNIT,
        Field.LIKELIHOOD,
        Field.IMPACT,
        Field.SCORE,
        Field.RESIDUAL,
        Field.RESIDUAL_LIKELIHOOD,
        Field.RESIDUAL_IMPACT,
        Field.REASON,
        Field.OWNER,
        Field.CONFIDENTIAL,
        Field.SECTION,
    }
)
_VALUES = (Field.SCORE, Field.LIKELIHOOD, Field.IMPACT)
_AS_STORED = frozenset(
    {*_VALUES, Field.RESIDUAL, Field.RESIDUAL_LIKELIHOOD, Field.RESIDUAL_IMPACT, Field.CONFIDENTIAL, Field.SECTION}
)
# Where a small first letter means that a sentence goes on; a name or a code may begin with one.
_PROSE = frozenset({Field.TITLE, Field.DESCRIPTION, Field.REASON, Field.CONTROL, Field.RESULT, Field.ACTION})
_OF_ACTION = frozenset({Field.ACTION, Field.RESPONSIBLE, Field.DUE})
_DASH = re.compile(r"[-‐‑‒–—―]+")
# As Excel writes them in text, in English and in Swedish.
_ERROR = re.compile(
    r"#(?:N/A|DIV/0!|VALUE!|REF!|NAME\?|NUM!|NULL!|SPILL!|CALC!"
    r"|SAKNAS!|DIVISION/0!|VÄRDEFEL!|REFERENS!|NAMN\?|OGILTIGT!|SKÄRNING!|SPILL!|BERÄKNA!)",
    re.IGNORECASE,
)
_GROUPS = frozenset({Field.PROCESS, Field.CATEGORY})
NOTE = re.compile(
    r"[*†‡¹²³]|\d\)\s|(?:not|noter|anm|anmärkning|källa|förklaring(?:ar)?|teckenförklaring|kommentar|upprättad|fastställd|antagen"
    r"|beslutad|datum|sidan?|page|note|source|explanation)\b",
    re.IGNORECASE,
)


_SIGN = re.compile(r"[*†‡¹²³⁴-⁹]{1,3}\)?")
"""A footnote's own sign, in the column of numbers."""
_SIGNED = re.compile(
    r"(?:(?:plan\w*\s+)?(?:upprättad|fastställd|beslutad|antagen|framtagen|godkänd|reviderad|uppdaterad)(?:\s+av|\s+den)?"
    r"|(?:ort och )?datum|beslutsdatum|ansvarig|handläggare|kontaktperson|diarienummer|dnr|version|signatur|underskrift|namn"
    r"|(?:drawn up|approved|adopted|revised)(?:\s+by|\s+on)?|date|responsible|contact|reference|signature|name)\s*:?",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Raw:
    """One control of one risk as text, perhaps of several rows of the file.

    `sources` gives the cells of each of its own texts, as (table, row, column); what it has of the row above has none.
    `same_control`: it states another action of the control above.
    """

    first_row: int
    last_row: int
    place: Place
    texts: dict[Field, str]
    fill: str | None = None
    more_of_risk: bool = False
    same_control: bool = False
    own: frozenset[Field] = field(default_factory=frozenset)
    sources: dict[Field, list[tuple[int, int, int]]] = field(default_factory=dict)


@dataclass(slots=True)
class Gathered:
    """The rows of a block as risks and controls.

    `left_out` are the rows that are no rows of the plan, each with its text and the code of the reason; `groups` those that
    name the process, category or unit of the rows below, each with its field. `absent` gives the reason of each
    cell, as (table, row, column), that says that there is nothing.
    """

    raws: list[Raw] = field(default_factory=list)
    left_out: list[tuple[BlockRow, str, str]] = field(default_factory=list)
    uncomputed: list[tuple[BlockRow, Field, str]] = field(default_factory=list)
    groups: list[tuple[BlockRow, Field]] = field(default_factory=list)
    absent: dict[tuple[int, ...], str] = field(default_factory=dict)


def gather(
    block: Block,
    mapping: Mapping[int, Field],
    read_as: Mapping[tuple[int, int, int], Cell] | None = None,
    wide_groups: Mapping[int, Field] | None = None,
    holding: Mapping[int, Mapping[Field, str]] | None = None,
) -> Gathered:
    """Join rows continued on a next page, give each control its risk's texts, and set notes aside.

    `read_as` are the cells, by (table, row, column), that are read as others. `wide_groups` are the rows, by their position, that
    name a group over the whole width, and `holding` is what they say of each row below.
    """
    title = naming_field(mapping.values()) or Field.DESCRIPTION
    gathered = Gathered()
    read = [_with_others(row, read_as) if read_as else row for row in block.rows]
    found = [_without_nothing(row, mapping) for row in with_dittos_read(read, mapping)]
    rows = [row for row, _reasons in found]
    gathered.absent = {spot: why for _row, reasons in found for spot, why in reasons.items()}
    is_layout = _is_layout(block, mapping)
    signed = _signatures(rows)
    full = (
        i
        for i, row in enumerate(rows)
        if _filled(row, mapping) > 1 and i not in signed and not is_total(_texts(row), is_below=not row.is_apart)
    )
    last_full = max(full, default=-1)
    in_notes = False
    group: dict[Field, str] = {}
    for index, row in enumerate(rows):
        in_notes = in_notes or (index > last_full and row.after_blank and last_full >= 0)
        texts = {name: _said(row.cells[i], name) for i, name in mapping.items() if i < len(row.cells) and row.cells[i].text}
        covered = {name for i, name in mapping.items() if i < len(row.cells) and row.cells[i].merged == "up"}
        gathered.uncomputed += [
            (row, name, address) for i, name in mapping.items() if i < len(row.cells) and (address := row.cells[i].uncomputed)
        ]
        if wide_groups and index in wide_groups:
            gathered.groups.append((row, wide_groups[index]))
            continue
        grouped = _group(row, texts)
        if grouped is not None and index + 1 not in signed and _heads(rows[index + 1 :], mapping, grouped, title):
            group[grouped] = texts[grouped]
            gathered.groups.append((row, grouped))
            continue
        if grouped is not None and index > last_full and ends_sentence(texts[grouped]) and not is_total([texts[grouped]]):
            gathered.left_out.append((row, texts[grouped], "note"))
            continue
        for name in texts.keys() & group.keys():
            del group[name]
        if index in signed:
            gathered.left_out.append((row, " ".join(_texts(row)), "note"))
            continue
        if note := _note(row, trailing=in_notes, is_below=0 <= last_full < index and not row.is_apart):
            gathered.left_out.append((row, *note))
            continue
        if not texts and not _only_formulas(row, mapping):
            continue
        fill = None if is_layout else _conclusion_fill(row, mapping)
        previous = gathered.raws[-1] if gathered.raws else None
        is_next_action = previous is not None and not row.is_apart and _is_next_action(previous, texts)
        if previous is not None and not (row.is_apart or is_next_action) and _goes_on(previous, row, texts, title, mapping):
            _append(previous, row, texts, fill)
            _note_sources(previous, row, mapping)
            continue
        more = previous is not None and not row.is_apart and _same_risk(previous, texts, title)
        raw = Raw(
            row.number,
            row.number,
            row.place,
            dict(texts),
            fill,
            more,
            is_next_action,
            frozenset(texts),
        )
        _note_sources(raw, row, mapping)
        if previous is not None:
            for name in mapping.values():
                if (name in covered and not texts.get(name)) or (more and name in RISK_FIELDS and name not in texts):
                    raw.texts[name] = previous.texts.get(name, "")
        for name, text in {**(holding or {}).get(index, {}), **group}.items():
            raw.texts[name] = raw.texts.get(name) or text
        gathered.raws.append(raw)
    return gathered


def _said(cell: Cell, name: Field) -> str:
    """Return what a cell says: what it shows, but of a value or a mark what it holds ("12 p" of 12)."""
    return cell.stored if cell.stored and name in _AS_STORED else cell.text


def _signatures(rows: Sequence[BlockRow]) -> set[int]:
    """Return the last rows, below a blank one, of nothing but a label and what it says: who drew up the plan, and when.

    Notes may stand between them and the blank row.
    """
    found: set[int] = set()
    for index in range(len(rows) - 1, -1, -1):
        texts = _texts(rows[index])
        if len(texts) <= 2 and _SIGNED.fullmatch(texts[0]):
            found.add(index)
        elif not (len(texts) == 1 and (NOTE.match(texts[0]) or ends_sentence(texts[0]))):
            break
        if rows[index].after_blank:
            return found
    return set()


def _without_nothing(row: BlockRow, mapping: Mapping[int, Field]) -> tuple[BlockRow, dict[tuple[int, int, int], str]]:
    """Return the row with the cells empty that say by a dash, or a formula's error, that there is nothing; and why each is."""
    reasons = {
        index: "no_value" if _DASH.fullmatch(text) else "error_value"
        for index in mapping
        if index < len(row.cells) and (text := row.cells[index].text) and (_DASH.fullmatch(text) or _ERROR.fullmatch(text))
    }
    if not reasons:
        return row, {}
    cells = [replace(cell, text="") if index in reasons else cell for index, cell in enumerate(row.cells)]
    return replace(row, cells=cells), {spot: why for index, why in reasons.items() if (spot := row.spot_of(index))}


def _group(row: BlockRow, texts: Mapping[Field, str]) -> Field | None:
    """Return the field of a row whose only text stands in the process's or category's column."""
    if len(texts) != 1 or not lone_text(row.cells):
        return None
    (name,) = texts
    return name if name in _GROUPS else None


def _heads(below: Sequence[BlockRow], mapping: Mapping[int, Field], name: Field, title: Field) -> bool:
    """Return whether the next row is a risk without a text of its own in the group's column."""
    if not below:
        return False
    filled = {field for i, field in mapping.items() if i < len(below[0].cells) and below[0].cells[i].text}
    return title in filled and name not in filled


def _with_others(row: BlockRow, read_as: Mapping[tuple[int, int, int], Cell]) -> BlockRow:
    spots = (row.spot_of(column) for column in range(len(row.cells)))
    return replace(row, cells=[read_as.get(spot, cell) if spot else cell for spot, cell in zip(spots, row.cells, strict=True)])


def _is_layout(block: Block, mapping: Mapping[int, Field]) -> bool:
    """Return whether the conclusions' column has one colour from its heading down, which then says nothing."""
    index = next((i for i, name in mapping.items() if name is Field.CONCLUSION), None)
    if index is None or index >= len(block.heading_fills) or not (fill := block.heading_fills[index]):
        return False
    return all(row.cells[index].fill == fill for row in block.rows if index < len(row.cells) and _filled(row, mapping) > 1)


def _filled(row: BlockRow, mapping: Mapping[int, Field]) -> int:
    return sum(1 for i in mapping if i < len(row.cells) and row.cells[i].text)


def _only_formulas(row: BlockRow, mapping: Mapping[int, Field]) -> bool:
    return any(row.cells[i].uncomputed for i in mapping if i < len(row.cells))


def _note_sources(raw: Raw, row: BlockRow, mapping: Mapping[int, Field]) -> None:
    for column, name in mapping.items():
        spot = row.spot_of(column)
        if spot and column < len(row.cells) and (row.cells[column].text or row.cells[column].uncomputed):
            raw.sources.setdefault(name, []).append(spot)


def _texts(row: BlockRow) -> list[str]:
    return [cell.text for cell in row.cells if cell.text] or [""]


def _note(row: BlockRow, *, trailing: bool, is_below: bool) -> tuple[str, str] | None:
    """Return the text of a row that is a total, a footnote or a subheading, and which; None for a row of the plan."""
    first, *rest = filled = _texts(row)
    if not first:
        return None
    if is_total(filled, is_below=is_below):
        return " ".join(filled), "total"
    if _SIGN.fullmatch(first) and len(rest) == 1:
        return " ".join(filled), "note"
    if rest:
        return None
    return (first, "note") if is_wide(row) or trailing or NOTE.match(first) else None


def is_wide(row: BlockRow) -> bool:
    """Return whether the row's first text stands in a cell merged over half of the width or more."""
    at = next(index for index, cell in enumerate(row.cells) if cell.text)
    width = 1 + sum(1 for cell in row.cells[at + 1 :] if cell.merged == "left")
    return width > 2 and width * 2 >= len(row.cells)


def _goes_on(previous: Raw, row: BlockRow, texts: Mapping[Field, str], title: Field, mapping: Mapping[int, Field]) -> bool:
    """Return whether the row continues the one before it instead of being a risk or control of its own."""
    if any(name in texts for name in (*_VALUES, Field.NUMBER)):
        return False
    concluded, conclusion = previous.texts.get(Field.CONCLUSION, ""), texts.get(Field.CONCLUSION, "")
    if concluded and conclusion and not cut_short(concluded, conclusion):
        # The result of another control.
        return False
    cut = [name for name, text in texts.items() if name in _PROSE and cut_short(previous.texts.get(name, ""), text)]
    if title in texts:
        broken = any(hyphen_replacement(previous.texts.get(name, ""), text) is not None for name, text in texts.items())
        # A risk of its own would have a number or a score where the one before it has.
        bare = bool(cut) and any(previous.texts.get(name) for name in (*_VALUES, Field.NUMBER))
        return row.starts_page and (title in cut or broken or bare) and texts[title] != previous.texts.get(title)
    if Field.CONTROL in texts:
        return row.starts_page and bool(cut)
    if Field.METHOD in texts and Field.CONTROL not in mapping.values():
        return row.starts_page and bool(cut)
    return True


def _is_next_action(previous: Raw, texts: Mapping[Field, str]) -> bool:
    """Return whether the row says nothing but another action, with who does it or by when."""
    is_action = Field.ACTION in texts and bool({Field.RESPONSIBLE, Field.DUE} & texts.keys())
    return is_action and texts.keys() <= _OF_ACTION and bool(previous.texts.get(Field.ACTION))


def _same_risk(previous: Raw, texts: Mapping[Field, str], title: Field) -> bool:
    """Return whether the row is another control under the risk above.

    Its title is then blank, or repeated with nothing that differs.
    """
    named = texts.get(title)
    if named is None:
        return _agrees(previous, texts, (*_VALUES, Field.NUMBER, Field.DESCRIPTION))
    same = (title, Field.NUMBER, Field.DESCRIPTION, Field.PROCESS, Field.CATEGORY, *_VALUES)
    return _agrees(previous, texts, same) and _control_text(texts) != _control_text(previous.texts)


def _control_text(texts: Mapping[Field, str]) -> str:
    """Return the text of the control, or of the method in a table without controls."""
    return texts.get(Field.CONTROL) or texts.get(Field.METHOD) or ""


def _agrees(previous: Raw, texts: Mapping[Field, str], names: Iterable[Field]) -> bool:
    pairs = ((name, texts.get(name, ""), previous.texts.get(name, "")) for name in names)
    return all(text in ("", before) or (name is Field.NUMBER and are_one_risks(text, before)) for name, text, before in pairs)


def _append(previous: Raw, row: BlockRow, texts: Mapping[Field, str], fill: str | None) -> None:
    for name, text in texts.items():
        otherwise = " " if row.starts_page else "\n"
        previous.texts[name] = join_texts(previous.texts.get(name, ""), text, otherwise=otherwise)
    previous.last_row = row.number
    previous.fill = previous.fill or fill


def _conclusion_fill(row: BlockRow, mapping: Mapping[int, Field]) -> str | None:
    """Return the conclusion cell's colour, unless it is only the colour of the whole row."""
    index = next((i for i, name in mapping.items() if name is Field.CONCLUSION), None)
    if index is None or index >= len(row.cells) or not (fill := row.cells[index].fill):
        return None
    others = [cell.fill for i, cell in enumerate(row.cells) if i != index]
    return None if others and sum(1 for other in others if other == fill) * 2 > len(others) else fill
