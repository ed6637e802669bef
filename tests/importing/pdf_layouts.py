"""PDF pages in the layouts that offices print, made by the product's own writer of PDF files."""

from __future__ import annotations

from collections.abc import Sequence

import typst

# Which rules a table has, as typst says it of the cell at column x, row y of a table with `wide` columns and `high` rows.
RULES = {
    "all": "(x, y) => 0.5pt",
    "no right": "(x, y) => (left: 0.5pt, top: 0.5pt, bottom: 0.5pt, right: if x < wide - 1 { 0.5pt })",
    "no left": "(x, y) => (right: 0.5pt, top: 0.5pt, bottom: 0.5pt, left: if x > 0 { 0.5pt })",
    "no top": "(x, y) => (left: 0.5pt, right: 0.5pt, bottom: 0.5pt, top: if y > 0 { 0.5pt })",
    "no bottom": "(x, y) => (left: 0.5pt, right: 0.5pt, top: 0.5pt, bottom: if y < high - 1 { 0.5pt })",
    "no border": "(x, y) => (left: if x > 0 { 0.5pt }, top: if y > 0 { 0.5pt })",
    "horizontal": "(x, y) => (top: 0.5pt, bottom: 0.5pt)",
    "horizontal, no top": "(x, y) => (bottom: 0.5pt)",
    "horizontal between": "(x, y) => (top: if y > 0 { 0.5pt })",
}


def pdf_of(body: str) -> bytes:
    source = f"#set page(width: 29.7cm, height: 21cm, margin: 2cm)\n#set text(size: 9pt, hyphenate: false)\n{body}"
    made = typst.compile(source.encode())
    assert isinstance(made, bytes)
    return made


def table(rows: Sequence[Sequence[str]], rules: str, *, columns: str = "", settings: str = "", heading: str = "") -> str:
    """A table as typst's markup. `columns` are its widths; `heading` is a function around each heading."""
    wide, high = len(rows[0]), len(rows)
    cells = [
        f"{heading}[{quoted(text)}]" if heading and not number else f"[{quoted(text)}]"
        for number, row in enumerate(rows)
        for text in row
    ]
    widths = columns or "(" + "1fr, " * wide + ")"
    return (
        f"#{{ let wide = {wide}; let high = {high}; "
        f"table(columns: {widths}, stroke: {RULES[rules]}, {settings} {', '.join(cells)}) }}\n"
    )


def quoted(text: str) -> str:
    return f'#"{text}"'
