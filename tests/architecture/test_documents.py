"""README and docs say what the product says: words, commands, links, settings and figures are looked up where they live."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import tomllib
import unicodedata
from collections.abc import Callable, Iterable
from pathlib import Path

import django
import pytest
from babel.messages.pofile import read_po
from django.conf import settings
from django.core.management import get_commands
from django.utils import translation

from riskreg.models import Role
from tests.benchmarks.figures import record
from tests.pictures import MOST_BYTES, PICTURES

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
DOCUMENTS = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
HANDBOOK = sorted(path for path in (DOCS / "handbok").glob("*.md"))
CATALOGUES = [
    ROOT / "locale" / "sv" / "LC_MESSAGES" / "django.po",
    Path(django.__file__).parent / "contrib" / "admin" / "locale" / "sv" / "LC_MESSAGES" / "django.po",
]
CHAPTERS = ["kontrollutforare", "chef", "controller", "revisor", "systemforvaltare"]
BOLD = re.compile(r"\*\*(.+?)\*\*", re.DOTALL)
LEANING = re.compile(r"(?<![*\w])\*(?![*\s])[^*]+\*(?!\*)")
COMMAND = re.compile(r"manage\.py ([a-z_]+)")
TARGET = re.compile(r"\bmake ([a-z][a-z-]*)\b(?=[^\n`]*(?:`|$))")
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
PATH = re.compile(r"`((?:config|controls|riskreg|tests|docs|templates|static|locale)/[^`\s{}*]*)`")
BENCH = re.compile(r"<!-- bench: (\S+) -->\n(.*?)<!-- end -->", re.DOTALL)


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def prose(text: str) -> str:
    """The text without its blocks of code."""
    return re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)


def code(text: str) -> str:
    """What the text sets as code: blocks and spans."""
    blocks = re.findall(r"^```.*?\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)
    return "\n".join([*(f"`{line}`" for block in blocks for line in block.splitlines()), *re.findall(r"`[^`\n]+`", prose(text))])


def in_pages(pages: list[Path], faults: Callable[[Path, str], Iterable[str]]) -> dict[str, list[str]]:
    """The faults of each page that has any."""
    found = {named(path): sorted(faults(path, path.read_text(encoding="utf-8"))) for path in pages}
    return {name: of_page for name, of_page in found.items() if of_page}


def exists(name: str) -> bool:
    return bool(re.search("[A-Z]{2}", name)) or (ROOT / name).exists()


def quoted(text: str) -> set[str]:
    return {" ".join(found.split()) for found in BOLD.findall(text)}


def anchors(path: Path) -> set[str]:
    """The page's headings as GitHub and GitLab make addresses of them."""
    found = set()
    for heading in re.findall(r"^#+ (.+)$", prose(path.read_text(encoding="utf-8")), flags=re.MULTILINE):
        kept = "".join(sign for sign in heading.lower() if sign in " -_" or unicodedata.category(sign)[0] in "LN")
        found.add(kept.replace(" ", "-"))
    return found


def broken_links(path: Path, text: str) -> list[str]:
    """The page's links that lead to no file, or to no heading of one."""
    broken = []
    for target in LINK.findall(prose(text)):
        if re.match(r"[a-z]+:", target):
            continue
        address, _, anchor = target.partition("#")
        there = (path.parent / address).resolve() if address else path
        if not there.exists() or (anchor and anchor not in anchors(there)):
            broken.append(target)
    return broken


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
    return words | {word[:1].upper() + word[1:] for word in words} | {"English", "fet stil"}


def test_readme_fits_on_a_screen() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 80


def test_each_role_has_a_chapter_that_quotes_the_interface() -> None:
    # Indicators have a chapter of their own, for every role.
    assert sorted(path.stem for path in HANDBOOK) == sorted(["README", "nyckeltal", *CHAPTERS])
    silent = [path.stem for path in HANDBOOK if len(quoted(path.read_text(encoding="utf-8"))) < 3 and path.stem != "README"]
    assert silent == []


def test_every_quoted_word_is_the_swedish_interfaces(shown: set[str]) -> None:
    assert in_pages(HANDBOOK, lambda path, text: quoted(prose(text)) - shown) == {}


def test_no_word_of_the_interface_hides_in_another_script() -> None:
    """Bold is for the interface's words, and nothing leans: a word in italics would be checked by nobody."""
    assert in_pages(HANDBOOK, lambda path, text: LEANING.findall(prose(text))) == {}


def test_every_picture_is_used_and_small() -> None:
    used = {Path(target).name for page in DOCUMENTS for target in LINK.findall(page.read_text(encoding="utf-8"))}
    files = {path.name: path.stat().st_size for path in (DOCS / "pictures").iterdir()}
    assert set(files) == {f"{picture.name}.png" for picture in PICTURES}
    assert set(files) - used == set()
    assert {name: size for name, size in files.items() if size > MOST_BYTES} == {}


def test_the_table_of_logins_has_the_roles_by_the_interfaces_names() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| [a-z ]+ \| (\w+) \| \S+@alingsas\.example \|$", text, flags=re.MULTILINE)
    with translation.override("sv"):
        assert sorted(rows) == sorted(str(role.label) for role in Role)


def test_every_documented_command_exists() -> None:
    assert in_pages(DOCUMENTS, lambda path, text: set(COMMAND.findall(text)) - set(get_commands())) == {}


def test_every_command_of_ours_is_documented() -> None:
    ours = {name for name, app in get_commands().items() if app in {"config", "controls", "riskreg"} or "riskreg" in app}
    text = (DOCS / "operate" / "commands.md").read_text(encoding="utf-8")
    assert ours - set(COMMAND.findall(text)) == set()
    assert {"import_plan", "verify_trail"} <= ours


def test_every_documented_target_is_in_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    assert in_pages(DOCUMENTS, lambda path, text: set(TARGET.findall(code(text))) - targets) == {}


def test_make_without_a_target_prints_the_targets_and_starts_nothing() -> None:
    told = subprocess.run(
        ["make", "-C", str(ROOT)], capture_output=True, text=True, check=True, env={"PATH": os.environ["PATH"]}
    ).stdout
    described = re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert [line.split()[1] for line in told.splitlines() if line.startswith("  make ")] == described
    assert {"run", "test", "quick", "lint", "bench", "pictures", "seed"} <= set(described)


def test_every_link_leads_somewhere() -> None:
    assert in_pages(DOCUMENTS, broken_links) == {}


def test_every_file_that_is_named_exists() -> None:
    """A part that stands for any other is written with capitals: `controls/views/CAPABILITY/page.py`."""
    pages = [path for path in DOCUMENTS if path.name != "CHANGELOG.md"]
    assert in_pages(pages, lambda path, text: [name for name in PATH.findall(prose(text)) if not exists(name)]) == {}


def test_every_page_can_be_reached_from_readme() -> None:
    reached, ahead = set(), [ROOT / "README.md"]
    while ahead:
        page = ahead.pop()
        if page in reached:
            continue
        reached.add(page)
        for target in LINK.findall(page.read_text(encoding="utf-8")):
            there = (page.parent / target.partition("#")[0]).resolve()
            if there.suffix == ".md" and there.exists():
                ahead.append(there)
    assert [named(path) for path in DOCUMENTS if path not in reached and path.parent != DOCS.parent] == []


def settings_read() -> set[str]:
    """The environment variables that the settings and `make run` read."""
    tree = ast.parse((ROOT / "config" / "settings.py").read_text(encoding="utf-8"))
    names = {
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "env"
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }
    return {str(name) for name in names} | {"HOST", "PORT"}


def test_the_table_of_settings_is_what_the_settings_read() -> None:
    text = (DOCS / "operate" / "configuration.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`.+?) \|", text, flags=re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`([A-Z_]+)`", row)} == settings_read()


def test_the_defaults_in_the_table_of_settings_are_the_settings_own() -> None:
    """Asked of a process of its own: this one's settings are the tests'."""
    defaults: dict[str, str] = {}
    for row in (DOCS / "operate" / "configuration.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        names = re.findall(r"`([A-Z_]+)`", cells[0])
        values = re.split("; " if ";" in cells[1] else ", ", cells[1].replace("`", "")) if len(cells) > 1 else []
        if len(names) == len(values) and all(re.fullmatch(r"[\d, -]+", value) for value in values):
            defaults.update(zip(names, values, strict=True))
    assert {"IMPORT_MAX_MB", "EVIDENCE_MAX_MB", "CHECKS_OPEN_DAYS", "REMINDER_DAYS_BEFORE", "REDIS_TIMEOUT"} <= set(defaults)
    source = (ROOT / "config" / "settings.py").read_text(encoding="utf-8")
    for name, value in defaults.items():
        given = re.search(rf'env\.\w+\(\s*"{name}", \(?"?([\d, ]+)"?', source)
        assert given, name
        assert re.findall(r"\d+", given[1]) == re.findall(r"\d+", value), name


def test_the_map_shows_the_layers_that_the_contracts_hold() -> None:
    text = (DOCS / "develop" / "map.md").read_text(encoding="utf-8")
    table = text.split("| controls, from the top | riskreg, from the top |\n| --- | --- |\n")[1].split("\n\n")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
    shown_layers = [[cell.split(", ") for cell in column if cell] for column in zip(*rows, strict=True)]
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    layers = {contract["id"]: contract.get("layers", []) for contract in contracts}
    held = [[re.split(r" [|:] ", layer) for layer in layers[name]] for name in ("rooms-of-controls", "rooms-of-riskreg")]
    assert shown_layers == held


def test_every_decision_is_in_the_index_by_its_title() -> None:
    index = dict(
        re.findall(r"^\| \d+ \| \[(.+)\]\((.+\.md)\) \|$", (DOCS / "decisions" / "README.md").read_text(), flags=re.MULTILINE)
    )
    pages = {}
    for path in sorted((DOCS / "decisions").glob("0*.md")):
        first, *rest = path.read_text(encoding="utf-8").splitlines()
        heading = re.fullmatch(r"# (\d+)\. (.+)", first)
        assert heading, path.name
        number, title = heading.groups()
        assert int(number) == int(path.name[:4])
        assert [line for line in rest if line.startswith("## ")] == ["## Context", "## Decision", "## Consequences"], path.name
        pages[title] = path.name
    assert index == pages
    assert len(pages) >= 23


def test_every_benchmark_has_its_block_of_figures_with_a_day() -> None:
    blocks = dict(BENCH.findall((DOCS / "figures.md").read_text(encoding="utf-8")))
    sources = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests" / "benchmarks").glob("test_*.py"))
    written = {re.sub(r"\{.*?\}", "", name).strip("-") for name in re.findall(r'record\(\s*f?"([^"]+)"', sources)}
    stems = {name: next((stem for stem in written if name.startswith(stem.split("--")[0])), None) for name in blocks}
    assert [name for name, stem in stems.items() if stem is None] == []
    assert written - set(filter(None, stems.values())) == set()
    assert [name for name, text in blocks.items() if not re.match(r"Measured 20\d\d-\d\d-\d\d", text)] == []


def test_the_numbers_of_queries_are_those_that_the_tests_assert() -> None:
    text = (DOCS / "figures.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| .+ \| (\d+) \| `(tests/\S+)` \|$", text, flags=re.MULTILINE)
    assert len(rows) >= 7
    for number, path in rows:
        assert f"num_queries({number})" in (ROOT / path).read_text(encoding="utf-8"), (number, path)


def test_the_changelog_begins_with_the_version_that_the_project_has() -> None:
    versions = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d$", (ROOT / "CHANGELOG.md").read_text(), flags=re.MULTILINE)
    assert versions[0] == settings.RISKREG_VERSION
    assert f'version = "{versions[0]}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_a_figure_is_written_into_its_own_block(tmp_path: Path) -> None:
    page = tmp_path / "figures.md"
    page.write_text("# F\n<!-- bench: a -->\nold\n<!-- end -->\nkept\n<!-- bench: b -->\nother\n<!-- end -->\n", encoding="utf-8")
    record("a", "1 ms \\1", page=page)
    text = page.read_text(encoding="utf-8")
    assert dict(BENCH.findall(text))["b"] == "other\n"
    assert "```text\n1 ms \\1\n```" in dict(BENCH.findall(text))["a"]
    assert "old" not in text
    assert "kept" in text
    with pytest.raises(LookupError):
        record("c", "1 ms", page=page)


def test_what_is_wrong_would_be_found(shown: set[str], tmp_path: Path) -> None:
    assert quoted("press **Mina\nuppföljningar**, then **Gör allt**") - shown == {"Gör allt"}
    assert COMMAND.findall("`manage.py no_such_command --x`") == ["no_such_command"]
    assert TARGET.findall(code("run `make nothing PORT=1`, or\n```\nmake all     # everything\n```\n")) == ["all", "nothing"]
    page = tmp_path / "page.md"
    page.write_text("# Gör dina val: två, tre\n", encoding="utf-8")
    good = "[a](page.md) [b](#gör-dina-val-två-tre) [c](page.md#gör-dina-val-två-tre) [d](https://example.org/x)"
    assert broken_links(page, good) == []
    assert broken_links(page, "[a](none.md) [b](#none) [c](page.md#none)") == ["none.md", "#none", "page.md#none"]
