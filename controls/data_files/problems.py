"""Problems of a population's file or its rows, in words that name row, column, value and what is allowed."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

FORMATS = "CSV, JSON, JSON Lines (also .csv.gz, .json.gz, .jsonl.gz, or in a .zip), XLSX, XLS, ODS, Parquet"

_UNREADABLE = {
    "empty": _("The file is empty. Choose a file with a row of headings and a row for each item."),
    "extension": _("Files of this type cannot be read. Allowed: %(allowed)s."),
    "content": _(
        "The file's content is not what its name says. Open it in the program it was made in and save it again as "
        "one of: %(allowed)s."
    ),
    "encrypted": _("The file is protected by a password. Remove the password and try again."),
    "damaged": _("The file is damaged and cannot be read. Open it, save it again and try again. %(detail)s"),
    "bomb": _("The file unpacks to more than %(limit)s MB and is not read. Save it as CSV."),
    "not_one_file": _(
        "The archive holds %(value)s files (%(detail)s). One is read at a time: pack the one that holds the rows, or upload it "
        "as it is."
    ),
    "no_room": _(
        "There is not enough room on the server's disk: the file takes about %(limit)s MB, and %(value)s MB are free. Tell the "
        "system administrator, or divide the population."
    ),
    "too_many_rows": _("The file has more than %(limit)s rows. Divide the population, for instance by month."),
    "too_many_columns": _("The file has more than %(limit)s columns. Leave out those that the control does not need."),
    "too_demanding": _("The file takes too much time or memory to read. Save it as CSV and try again."),
    "no_rows": _("There are no rows under the headings: a population has at least one item."),
    "only_hidden_sheets": _(
        "Every sheet that holds something is hidden: %(detail)s. Upload the file again and write which sheet is to be read."
    ),
    "no_such_sheet": _("No sheet “%(value)s” of the file holds anything. Sheets that do: %(detail)s."),
    "no_sheets": _("Only workbooks have sheets. Upload the file again and leave the field Sheet empty."),
    "no_headings": _("No row of headings was found among the first rows. The first row names the columns."),
    "no_records": _("No list of records was found: the file holds a list, and each record names its values."),
    "broken_line": _("Line %(row)s is not a whole record. In JSON Lines each line is one record: {“name”: value, …}."),
    "cell_too_long": _("Row %(row)s has a value that is longer than %(limit)s characters."),
    "nested": _("The column “%(detail)s” holds lists or records. Leave it out: a cell is one value."),
    "control_characters": _("Row %(row)s holds characters that no text has (code %(detail)s). Is it really a text file?"),
    "ragged": _(
        "Row %(row)s has %(value)s cells, but there are %(limit)s headings. Quote cells that hold the delimiter, or "
        "remove lines that are no items."
    ),
    "quotes": _("Near row %(row)s a quotation mark is opened but not closed, or a cell is longer than %(limit)s characters."),
}


class Unreadable(Exception):
    """The file cannot become a population. `code` is stable; the message is translated when it is shown."""

    def __init__(self, code: str, **values: object) -> None:
        self.code = code
        self.values: dict[str, object] = {"allowed": FORMATS, "limit": "", "row": "", "value": "", "detail": "", **values}
        super().__init__(code)

    @property
    def message(self) -> str:
        return (str(_UNREADABLE[self.code]) % self.values).strip()

    def __str__(self) -> str:
        return self.message


MORE_PAGES = ("more_pages", "more_stated")
"""Notes that are asked about (controls.data_files.questions)."""

_NOTES = {
    "not_utf8": _("The file is not UTF-8 (row %(value)s), so it was read as Windows-1252. Look at å, ä and ö below."),
    "one_sheet_of_several": _(
        "Several sheets hold something. The first one, “%(value)s”, was read. Another can be chosen below for a day; after that, "
        "upload the file again and write its name."
    ),
    "chosen_sheet": _("The sheet “%(value)s” was read, as it was chosen."),
    "hidden_sheets": _("Sheets that are hidden in the file and hold something: %(value)s. They were not read."),
    "above_headings": _("Above the headings stands “%(value)s”. It was not read as rows."),
    "one_list_of_several": _("The file holds several lists. The longest, “%(value)s”, was read."),
    "formulas_without_value": _(
        "%(value)s cells are formulas that ended in an error, or that were never computed; the first is on row %(row)s. They "
        "stand as what they are (#N/A, =A2*B2)."
    ),
    "hidden_columns": _("Columns that are hidden in the file: %(value)s. They were read like the others."),
    "marks_unknown": _(
        "In the old format .xls nobody can tell here which rows are hidden or struck through, or which formulas ended in an "
        "error: those cells are empty. Save the file as .xlsx if it may hold such rows."
    ),
}


def note_words(code: str, value: str) -> str:
    """Return in words what the reader decided or doubted (controls.data_files.text.ReadFile.notes)."""
    value, _colon, row = value.partition(":") if code == "formulas_without_value" else (value, "", "")
    return str(_NOTES[code]) % {"value": value, "row": row}


_PROBLEMS = {
    "key_empty": _("The key is empty in the column “%(column)s”."),
    "key_duplicate": _("The key “%(value)s” is also on row %(other)s. Choose more columns for the key, or correct the file."),
    "key_too_long": _("The key is longer than %(limit)s characters."),
    "key_error": _("The key in the column “%(column)s” is a formula that ended in an error (%(value)s). Correct the formula."),
    "key_formula": _(
        "The key in the column “%(column)s” is a formula that was never computed (%(value)s). Open the file in Excel or "
        "LibreOffice, save it and upload it again."
    ),
    "amount_error": _(
        "A formula ended in an error (%(value)s), so there is no amount. Correct the formula, or what it refers to, where "
        "the file was made."
    ),
    "amount_formula": _(
        "The formula was never computed (%(value)s), so there is no amount. Open the file in Excel or LibreOffice, save it "
        "and upload it again."
    ),
    "amount_empty": _(
        "The amount is empty. Find out what it is where the file was made; if the item has no amount, write 0, and if the "
        "row is no item, delete it."
    ),
    "amount_text": _(
        "“%(value)s” is not an amount. Allowed: digits, with a comma or point before decimals, for instance 1 234,50."
    ),
    "amount_too_large": _("The amount %(value)s is larger than can be counted with (%(limit)s)."),
    "stratum_too_many": _(
        "The column “%(column)s” has more than %(limit)s different values. Choose a column that groups the items."
    ),
    "stratum_too_long": _("The value in the column of groups is longer than %(limit)s characters."),
    "key_missing": _("The file has no column “%(column)s”. Its columns: %(allowed)s."),
    "nothing_left": _("By the answers every row is left out: a population has at least one item."),
    "key_not_chosen": _("Choose the column, or columns, that tell the items apart."),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that keeps a population from being locked; `row` is the row's number in the uploaded file."""

    code: str
    row: int | None = None
    column: str = ""
    value: str = ""
    other: str = ""
    limit: str = ""
    allowed: str = ""

    @property
    def message(self) -> str:
        return str(_PROBLEMS[self.code]) % asdict(self)


@dataclass(slots=True)
class Problems:
    """The first problems of each kind, and how many there are of it."""

    found: list[Problem] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def add(self, code: str, count: int, examples: list[Problem]) -> None:
        if count:
            self.counts[code] = count
            self.found += examples

    def __bool__(self) -> bool:
        return bool(self.found)

    def as_json(self) -> dict[str, Any]:
        return {"found": [asdict(problem) for problem in self.found], "counts": self.counts}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Problems:
        return cls([Problem(**each) for each in kept.get("found", [])], dict(kept.get("counts", {})))
