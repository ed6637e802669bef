"""Finds the translatable strings of the code and the templates, without gettext's own programs.

Python is read by its syntax tree, templates by Django's own template engine, so that what is
found is what is looked up at run time: trimmed, with doubled percent signs, and with the
variables of `blocktranslate` as %(name)s.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from django.template import Engine, Origin, Template, TemplateSyntaxError
from django.template.base import Lexer, TokenType
from django.templatetags.i18n import BlockTranslateNode, TranslateNode

TEMPLATE_SUFFIXES = {".html", ".txt", ".xml", ".svg", ".ics"}
# function → positions of (context, msgid, plural) among its arguments
FUNCTIONS: dict[str, tuple[int | None, int, int | None]] = {
    "gettext": (None, 0, None),
    "gettext_lazy": (None, 0, None),
    "gettext_noop": (None, 0, None),
    "ngettext": (None, 0, 1),
    "ngettext_lazy": (None, 0, 1),
    "pgettext": (0, 1, None),
    "pgettext_lazy": (0, 1, None),
    "npgettext": (0, 1, 2),
    "npgettext_lazy": (0, 1, 2),
}
LITERAL_IN_TAG = re.compile(r"""_\(\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')\s*\)""")


@dataclass
class Message:
    """One entry of a catalogue: its plural where it has one, and the files it stands in."""

    plural: str | None = None
    files: set[str] = field(default_factory=set)


@dataclass
class Sources:
    """What was found: messages by (context, msgid), and what cannot be translated as it is written."""

    messages: defaultdict[tuple[str | None, str], Message] = field(default_factory=lambda: defaultdict(Message))
    faults: list[str] = field(default_factory=list)

    def add(self, file: str, msgid: str, *, plural: str | None = None, context: str | None = None) -> None:
        if not msgid:
            self.faults.append(f"{file}: an empty string cannot be translated")
            return
        message = self.messages[context, msgid]
        message.files.add(file)
        if plural is not None and message.plural not in {None, plural}:
            self.faults.append(f"{file}: {msgid!r} has two plurals, {message.plural!r} and {plural!r}")
        message.plural = message.plural or plural


def read_sources(root: Path, packages: Iterable[str], template_folders: Iterable[str], engine: Engine) -> Sources:
    """Everything translatable under the root. Paths in the result are relative to it."""
    sources = Sources()
    for package in packages:
        for path in sorted((root / package).rglob("*.py")):
            if "migrations" not in path.parts:
                _read_python(path.read_text(encoding="utf-8"), path.relative_to(root).as_posix(), sources)
    for folder in template_folders:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in TEMPLATE_SUFFIXES:
                _read_template(path, path.relative_to(root).as_posix(), engine, sources)
    return sources


def _read_python(source: str, file: str, sources: Sources) -> None:
    tree = ast.parse(source, file)
    names = {
        alias.asname or alias.name: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for alias in node.names
        if alias.name in FUNCTIONS
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            function = _called(node, names)
            if function is not None:
                _read_call(node, function, file, sources)


def _called(node: ast.Call, names: dict[str, str]) -> str | None:
    if isinstance(node.func, ast.Name):
        return names.get(node.func.id)
    owner = node.func.value if isinstance(node.func, ast.Attribute) else None
    if isinstance(node.func, ast.Attribute) and isinstance(owner, ast.Name) and owner.id == "translation":
        return node.func.attr if node.func.attr in FUNCTIONS else None
    return None


def _read_call(node: ast.Call, function: str, file: str, sources: Sources) -> None:
    texts: list[str | None] = []
    for position in FUNCTIONS[function]:
        argument = node.args[position] if position is not None and position < len(node.args) else None
        if isinstance(argument, ast.JoinedStr | ast.BinOp):
            sources.faults.append(f"{file}:{node.lineno}: {function}() of a composed string: translate a literal, fill it after")
            return
        is_text = isinstance(argument, ast.Constant) and isinstance(argument.value, str)
        texts.append(str(argument.value) if is_text and isinstance(argument, ast.Constant) else None)
    context, msgid, plural = texts
    # A name or an attribute: the literal stands elsewhere, marked there.
    if msgid is not None:
        sources.add(file, msgid, plural=plural, context=context)


def _read_template(path: Path, file: str, engine: Engine, sources: Sources) -> None:
    source = path.read_text(encoding="utf-8")
    try:
        nodes = Template(source, Origin(str(path)), file, engine).nodelist
    except TemplateSyntaxError as error:
        sources.faults.append(f"{file}: {error}")
        return
    for translate in nodes.get_nodes_by_type(TranslateNode):
        assert isinstance(translate, TranslateNode)
        variable = translate.filter_expression.var
        literal = getattr(variable, "literal", None)
        if isinstance(literal, str):
            sources.add(file, literal.replace("%", "%%"), context=_context_of(translate))
    for block in nodes.get_nodes_by_type(BlockTranslateNode):
        assert isinstance(block, BlockTranslateNode)
        singular, _ = block.render_token_list(block.singular)
        plural = block.render_token_list(block.plural)[0] if block.plural and block.countervar else None
        sources.add(file, singular, plural=plural, context=_context_of(block))
    for token in Lexer(source).tokenize():
        if token.token_type in {TokenType.VAR, TokenType.BLOCK}:
            for literal in LITERAL_IN_TAG.findall(token.contents):
                sources.add(file, ast.literal_eval(literal).replace("%", "%%"))


def _context_of(node: TranslateNode | BlockTranslateNode) -> str | None:
    return str(node.message_context.var) if node.message_context else None
