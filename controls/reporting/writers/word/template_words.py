"""Permitted tags of a Word template: a list of what is allowed, and nothing else.

The tags' names, loops over `facts` and `notes`, conditions, and a few filters. No call, no attribute but those of `loop`, no
calculation, no loop in a loop: a template cannot reach further than its words, nor make a report that never ends.
"""

from __future__ import annotations

import re
from typing import Any

from django.utils.translation import gettext as _
from jinja2 import StrictUndefined, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

TAGS = (
    "organisation", "unit", "heading", "subtitle", "facts", "notes", "content", "seal", "registry_number", "drawn_up_on",
    "page_before", "page_between", "page_after",
)  # fmt: skip
ROWS = ("facts", "notes")
"""The tags that can be looped over."""
FILTERS = ("upper", "lower", "capitalize", "trim", "join", "default", "first", "last", "length")
_SYNONYMS = {"escape", "e", "d"}
_OF_LOOP = {"index", "first", "last", "length"}
TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)


class TemplateFault(ValueError):
    """A fault of a template, naming the tag and the place."""


class NotAllowed(TemplateFault):
    """Something in a tag is not on the list. `what` says what it is; `line` where it stands in what was parsed."""

    def __init__(self, what: str, line: int, tag: str) -> None:
        self.what, self.line = what, line
        super().__init__(_("The tag %(tag)s is not allowed: %(what)s.") % {"tag": tag, "what": what})


class _Restricted(ImmutableSandboxedEnvironment):
    """An environment that checks whatever is compiled, from whichever part of a document, against the list."""

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        for child in tree.body:
            _ask(child, source, in_loop=False)
        return tree


def restricted_environment() -> ImmutableSandboxedEnvironment:
    """Create the sandboxed environment with the permitted filters and nothing else."""
    environment = _Restricted(undefined=StrictUndefined, autoescape=True)
    environment.globals.clear()
    environment.tests.clear()
    kept = {*FILTERS, *_SYNONYMS}
    environment.filters = {name: one for name, one in environment.filters.items() if name in kept}
    return environment


def _ask(node: nodes.Node, source: str, *, in_loop: bool) -> None:
    """Raise NotAllowed for what is not on the list, in the node or below it."""
    what = _why_refused(node, in_loop=in_loop)
    if what:
        raise NotAllowed(what, node.lineno, _tag_at(source, node.lineno))
    if isinstance(node, nodes.Getattr):
        return
    for child in node.iter_child_nodes():
        _ask(child, source, in_loop=in_loop or isinstance(node, nodes.For))


def _why_refused(node: nodes.Node, *, in_loop: bool) -> str:
    """Return why the node is not allowed; empty when it is."""
    if isinstance(node, nodes.For):
        return _refused_loop(node, in_loop=in_loop)
    if isinstance(node, nodes.Filter):
        constant = all(isinstance(one, nodes.Const) for one in node.args)
        if node.name in {*FILTERS, *_SYNONYMS} and constant and not (node.kwargs or node.dyn_args or node.dyn_kwargs):
            return ""
        return _("the filter “%(name)s” is not one of %(filters)s") % {"name": node.name, "filters": ", ".join(FILTERS)}
    if isinstance(node, nodes.Getattr):
        if isinstance(node.node, nodes.Name) and node.node.name == "loop" and node.attr in _OF_LOOP:
            return ""
        return _("“.%(name)s” reaches beyond what is offered") % {"name": node.attr}
    if isinstance(node, nodes.Call):
        return _("nothing can be called")
    if isinstance(node, _ALLOWED):
        return ""
    return _("only the tags' names, filters, “for” and “if” are")


_ALLOWED = (
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.If,
    nodes.Const,
    nodes.Not,
    nodes.And,
    nodes.Or,
    nodes.Compare,
    nodes.Operand,
)


def _refused_loop(node: nodes.For, *, in_loop: bool) -> str:
    if in_loop:
        return _("a loop cannot stand in a loop")
    rows = isinstance(node.iter, nodes.Name) and node.iter.name in ROWS
    plain = isinstance(node.target, nodes.Name) and node.target.name not in TAGS
    if rows and plain and node.test is None and not node.recursive:
        return ""
    return _("a loop is written “for … in %(rows)s”") % {"rows": "/".join(ROWS)}


def _tag_at(source: str, line: int) -> str:
    """Return the tags on the line, which in a document is a paragraph."""
    text = source.splitlines()[line - 1] if 0 < line <= len(source.splitlines()) else source
    return " ".join(TAG.findall(text)) or text.strip()[:120]


def parse_tag(tag: str) -> Any:
    """Parse one tag by itself. Raises jinja2.TemplateError, NotAllowed."""
    return restricted_environment().parse(tag)
