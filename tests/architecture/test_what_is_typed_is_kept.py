"""Every form in which a person writes is kept while they write: it carries `data-unsaved`, and its page has the script."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.one_engine

ROOT = Path(__file__).resolve().parents[2] / "templates"
FORM = re.compile(r"<form\b[^>]*method=\"post\".*?</form>", re.DOTALL)
WRITTEN = re.compile(r"<textarea|type=\"text\"|components/form\.html|as_field_group|{{ form }}")
PASSED_OVER = {
    "components/gallery.html": "is shown by itself",
    "controls/plan_left_to_do_group.html": "asks for people by choosing; nothing is written",
    "controls/my_reminders.html": "asks for a rhythm by choosing",
    "riskreg/placing_option.html": "asks for a line, if any, between two clicks",
    "registration": "asks for passwords and addresses of whoever is not signed in",
}
"""The templates whose forms are not kept, each with the reason."""


def forms() -> list[tuple[str, str]]:
    return [
        (path.relative_to(ROOT).as_posix(), form)
        for path in sorted(ROOT.rglob("*.html"))
        for form in FORM.findall(path.read_text(encoding="utf-8"))
    ]


def faults(found: list[tuple[str, str]]) -> list[str]:
    return [
        f"{name}: {form[:90]}"
        for name, form in found
        if WRITTEN.search(form) and "data-unsaved" not in form[: form.index(">")] and not name.startswith(tuple(PASSED_OVER))
    ]


def test_every_form_that_is_written_in_is_kept() -> None:
    assert faults(forms()) == []


def test_a_form_that_is_not_is_named() -> None:
    one = '<form method="post" class="card"><textarea name="note"></textarea></form>'
    assert faults([("controls/new.html", one)]) == [f"controls/new.html: {one}"[: len("controls/new.html: ") + 90]]


def test_what_is_passed_over_has_such_a_form() -> None:
    for name in PASSED_OVER:
        assert any(found.startswith(name) and WRITTEN.search(form) for found, form in forms()), name


def test_each_template_with_such_a_form_brings_the_script() -> None:
    """Parts are brought by their page: those name the page here."""
    pages = {"components/ask.html": ["riskreg/ask.html", "admin/base.html"]}
    for name in {found for found, form in forms() if "data-unsaved" in form and not found.startswith("components/gallery")}:
        for page in pages.get(name, [name]):
            assert "components/unsaved.html" in (ROOT / page).read_text(encoding="utf-8"), name
