"""README's guides say what the product says: the words in bold are the Swedish interface's, the commands exist."""

from __future__ import annotations

import re
from pathlib import Path

import django
import pytest
from babel.messages.pofile import read_po
from django.core.management import get_commands
from django.utils import translation

from riskreg.models import Role

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
CATALOGUES = [
    ROOT / "locale" / "sv" / "LC_MESSAGES" / "django.po",
    Path(django.__file__).parent / "contrib" / "admin" / "locale" / "sv" / "LC_MESSAGES" / "django.po",
]
GUIDED = ["Control owner", "Manager", "Controller", "Auditor", "Administrator"]
HEADING = "## For each role"
BOLD = re.compile(r"\*\*(.+?)\*\*", re.DOTALL)
LEANING = re.compile(r"(?<![*\w])\*(?!\*)[^*]+\*(?!\*)")
COMMAND = re.compile(r"manage\.py ([a-z_]+)")


def guides() -> dict[str, str]:
    """The text of each role's guide by its heading, without the blocks of code."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    part = re.split(r"\n## ", text.split(HEADING)[1])[0]
    part = re.sub(r"```.*?```", "", part, flags=re.DOTALL)
    _before, *sections = re.split(r"\n### ", part)
    return {section.split("\n")[0].strip(): section.partition("\n")[2] for section in sections}


def quoted(text: str) -> set[str]:
    return {" ".join(found.split()) for found in BOLD.findall(text)}


@pytest.fixture(scope="module")
def shown() -> set[str]:
    """Every text of the interface in Swedish, and as a heading or a menu begins it: with a capital."""
    words: set[str] = set()
    for path in CATALOGUES:
        with path.open("rb") as file:
            for entry in read_po(file, locale="sv"):
                words.update([entry.string] if isinstance(entry.string, str) else entry.string or [])
    # A button that goes on to ask ends in dots, one that ends in a value is quoted without it.
    words = {re.sub(r" (…|%\(\w+\)[sd])$", "", " ".join(word.split())) for word in words if word}
    return words | {word[:1].upper() + word[1:] for word in words}


def test_each_role_has_a_guide_that_quotes_the_interface() -> None:
    assert list(guides()) == GUIDED
    silent = [role for role, text in guides().items() if len(quoted(text)) < 3]
    assert silent == []


@pytest.mark.parametrize("role", GUIDED)
def test_every_quoted_word_is_the_swedish_interfaces(role: str, shown: set[str]) -> None:
    assert sorted(quoted(guides()[role]) - shown) == []


@pytest.mark.parametrize("role", GUIDED)
def test_no_word_of_the_interface_hides_in_another_script(role: str) -> None:
    """Bold is for the interface's words, and nothing leans: a word in italics would be checked by nobody."""
    assert LEANING.findall(guides()[role]) == []


def test_the_table_of_logins_has_the_roles_by_the_interfaces_names() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| [a-z ]+ \| (\w+) \| \S+@alingsas\.example \|$", text, flags=re.MULTILINE)
    with translation.override("sv"):
        assert sorted(rows) == sorted(str(role.label) for role in Role)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_documented_command_exists(path: Path) -> None:
    assert set(COMMAND.findall(path.read_text(encoding="utf-8"))) - set(get_commands()) == set()


def test_a_word_that_the_interface_lacks_would_be_found(shown: set[str]) -> None:
    assert quoted("press **Mina\nuppföljningar**, then **Gör allt**") - shown == {"Gör allt"}
    assert COMMAND.findall("`manage.py no_such_command --x`") == ["no_such_command"]
