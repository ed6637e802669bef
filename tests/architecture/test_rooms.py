"""The house has few flat modules, no circle of files but one, and no import that hides in a function."""

from __future__ import annotations

import ast
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("config", "controls", "riskreg")
MOST_FLAT = {"controls": 8, "riskreg": 11}
CIRCLE = {"riskreg.access", "riskreg.models"}
"""Rights follow from memberships, and each model's `visible_to` asks the rights."""
BEFORE_DJANGO = {
    *("config/admin_site.py", "config/celery.py", "config/preparation.py"),
    *("config/web/__main__.py", "config/web/worker.py"),
}
"""Read before the apps are loaded, so what they import of them stands in functions."""


def files() -> list[Path]:
    return sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py") if "migrations" not in path.parts)


def circles(imports: dict[str, set[str]]) -> list[set[str]]:
    """Return the sets of modules (more than one) in which each is reached from each by imports."""
    reached: dict[str, set[str]] = {}
    for start in imports:
        seen: set[str] = set()
        ahead = [start]
        while ahead:
            for module in imports[ahead.pop()] - seen:
                seen.add(module)
                ahead.append(module)
        reached[start] = seen
    found = {frozenset(other for other in reached[one] if one in reached[other]) for one in imports if one in reached[one]}
    return [set(one) for one in found]


def hidden_imports(source: str) -> list[str]:
    """Return the imports of our own packages that stand in a function."""
    return [
        f"line {node.lineno}: {node.module}"
        for function in ast.walk(ast.parse(source))
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in PACKAGES
    ]


@pytest.mark.parametrize(("package", "most"), MOST_FLAT.items())
def test_few_modules_lie_flat_beside_the_packages(package: str, most: int) -> None:
    assert len(list((ROOT / package).glob("*.py"))) <= most


def test_only_access_and_models_know_each_other() -> None:
    graph = grimp.build_graph(*PACKAGES, exclude_type_checking_imports=True)
    modules = {module for module in graph.modules if ".migrations" not in module}
    imports = {module: graph.find_modules_directly_imported_by(module) & modules for module in modules}
    assert [{".".join(module.split(".")[:2]) for module in circle} for circle in circles(imports)] == [CIRCLE]


def test_a_circle_is_found() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": set()}) == [{"a", "b", "c"}]


def test_no_import_hides_in_a_function() -> None:
    hidden = {
        str(path.relative_to(ROOT)): found
        for path in files()
        if path.name != "apps.py"
        and not path.is_relative_to(ROOT / "riskreg" / "models")
        and str(path.relative_to(ROOT)) not in BEFORE_DJANGO
        and (found := hidden_imports(path.read_text(encoding="utf-8")))
    }
    assert hidden == {}


def test_an_import_in_a_function_is_found() -> None:
    assert hidden_imports("def planted():\n    from riskreg import clock")
