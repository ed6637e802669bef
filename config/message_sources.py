"""The translatable strings of the code and the templates, found by Babel, without gettext's own programs.

Babel reads Python itself. For templates Django's own `templatize` stands before it, the converter behind its
`makemessages`: what is found is what is looked up at run time, trimmed, with doubled percent signs, and with the variables
of `blocktranslate` as %(name)s.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract
from django.template import Engine, Origin, Template, TemplateSyntaxError
from django.utils.translation.template import templatize

TEMPLATE_SUFFIXES = {".html", ".txt", ".xml", ".svg", ".ics"}
# function → which of its arguments (from 1) are translated; "c" marks the context
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...]] = {
    "_": (1,),
    "gettext": (1,),
    "gettext_lazy": (1,),
    "gettext_noop": (1,),
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
# Whatever calls one of them matches; a file that does not is neither parsed nor read by Babel.
A_CALL = re.compile(rf"\b(?:{'|'.join(KEYWORDS)})\s*\(")


@dataclass
class Sources:
    """The strings found: a template of a catalogue, and those that cannot be translated as written."""

    template: Catalog = field(default_factory=Catalog)
    faults: list[str] = field(default_factory=list)


def read_sources(root: Path, packages: Iterable[str], template_folders: Iterable[str], engine: Engine) -> Sources:
    """Find everything translatable under the root. Paths in the result are relative to it."""
    sources = Sources()
    for package in packages:
        for path in sorted((root / package).rglob("*.py")):
            if "migrations" in path.parts:
                continue
            source, file = path.read_text(encoding="utf-8"), path.relative_to(root).as_posix()
            if A_CALL.search(source):
                sources.faults += _untranslatable_calls(source, file)
                _add_messages(source, file, sources)
    for folder in template_folders:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in TEMPLATE_SUFFIXES:
                source, file = path.read_text(encoding="utf-8"), path.relative_to(root).as_posix()
                try:
                    Template(source, Origin(str(path)), file, engine)
                    # In parentheses indentation means nothing.
                    _add_messages(f"({templatize(source)})", file, sources)
                except (TemplateSyntaxError, SyntaxError) as error:
                    sources.faults.append(f"{file}: {error}")
    return sources


def _add_messages(python: str, file: str, sources: Sources) -> None:
    template = sources.template
    for line, message, _comments, context in extract("python", BytesIO(python.encode()), keywords=KEYWORDS):
        plural = message[1] if isinstance(message, tuple) else None
        known = template.get(message, context)
        if plural is not None and known is not None and known.pluralizable and known.id[1] != plural:
            sources.faults.append(f"{file}: {message[0]!r} has two plurals, {known.id[1]!r} and {plural!r}")
        template.add(message, locations=[(file, line)], context=context)


def _untranslatable_calls(source: str, file: str) -> Iterator[str]:
    """Name the calls whose text Babel leaves out or cuts short: composed, empty, or within an f-string."""
    nodes = list(ast.walk(ast.parse(source, file)))
    within = {inner for node in nodes if isinstance(node, ast.JoinedStr) for inner in ast.walk(node)}
    for node in nodes:
        if not isinstance(node, ast.Call) or (name := _called(node)) not in KEYWORDS:
            continue
        if node in within:
            yield f"{file}:{node.lineno}: {name}() within an f-string: translate before it"
        for place in KEYWORDS[name]:
            number = place if isinstance(place, int) else place[0]
            argument = node.args[number - 1] if number <= len(node.args) else None
            if isinstance(argument, ast.JoinedStr | ast.BinOp):
                yield f"{file}:{node.lineno}: {name}() of a composed string: translate a literal, fill it after"
            elif isinstance(argument, ast.Constant) and not argument.value:
                yield f"{file}:{node.lineno}: an empty string cannot be translated"


def _called(call: ast.Call) -> str:
    """Return the last part of the called name: `gettext` of `translation.gettext`."""
    return call.func.id if isinstance(call.func, ast.Name) else call.func.attr if isinstance(call.func, ast.Attribute) else ""
