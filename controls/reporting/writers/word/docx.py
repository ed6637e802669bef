"""Writer of Word documents: in the product's own template here, in a municipality's in a process of its own."""

from __future__ import annotations

from datetime import datetime

from controls.reporting.paper import Paper
from controls.reporting.writers.drawings import as_bitmaps
from controls.reporting.writers.word.confined_template import fill_in_confined
from controls.reporting.writers.word.document import fill_in
from controls.reporting.writers.word.frame import DEFAULT_TEMPLATE

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def write_docx(paper: Paper, *, author: str, made_at: datetime, template: bytes | None = None) -> bytes:
    """Write the document, in the paper's language. `author` is named in its properties. Raises TemplateFault, NotSet."""
    bitmaps = as_bitmaps([chart.svg for chart in paper.charts])
    if template is None:
        return fill_in(DEFAULT_TEMPLATE.read_bytes(), paper, bitmaps=bitmaps, author=author, made_at=made_at)
    return fill_in_confined(template, paper, bitmaps=bitmaps, author=author, made_at=made_at)
