"""The smallest templates of Django's forms, written in Python: a form renders some two hundred of them.

The same text as Django's own templates give, letter by letter (tests/web/test_form_renderer.py compares them). Every other
template is rendered as one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, cast

from django.forms.renderers import TemplatesSetting
from django.utils.html import conditional_escape, escape
from django.utils.safestring import SafeData, SafeString, mark_safe

_OPTION = "django/forms/widgets/select_option.html"


def _as_text(value: Any) -> str:
    """Return the value as a template's `value|stringformat:'s'`."""
    text = f"{value}"
    return text if isinstance(value, SafeData) else escape(text)


def _attributes(attributes: dict[str, Any]) -> str:
    return "".join(
        f" {escape(name)}" if value is True else f' {escape(name)}="{_as_text(value)}"'
        for name, value in attributes.items()
        if value is not False
    )


def _input(context: dict[str, Any]) -> str:
    widget = context["widget"]
    value = widget["value"]
    written = "" if value is None else f' value="{_as_text(value)}"'
    return f'<input type="{escape(widget["type"])}" name="{escape(widget["name"])}"{written}{_attributes(widget["attrs"])}>'


def _textarea(context: dict[str, Any]) -> str:
    widget = context["widget"]
    written = conditional_escape(widget["value"]) if widget["value"] else ""
    return f'<textarea name="{escape(widget["name"])}"{_attributes(widget["attrs"])}>\n{written}</textarea>'


def _select(context: dict[str, Any]) -> str:
    widget = context["widget"]
    groups = "".join(_group(name, options) for name, options, _index in widget["optgroups"])
    return f'<select name="{escape(widget["name"])}"{_attributes(widget["attrs"])}>{groups}\n</select>'


def _group(name: Any, options: Iterable[dict[str, Any]]) -> str:
    listed = "".join(map(_option, options))
    return f'\n  <optgroup label="{escape(name)}">{listed}\n  </optgroup>' if name else listed


def _option(option: dict[str, Any]) -> str:
    label = conditional_escape(option["label"])
    return f'\n  <option value="{_as_text(option["value"])}"{_attributes(option["attrs"])}>{label}</option>\n'


def _label(context: dict[str, Any]) -> str:
    label = conditional_escape(context["label"])
    if not context["use_tag"]:
        return label
    tag = escape(context["tag"])
    return f"<{tag}{_attributes(context['attrs'] or {})}>{label}</{tag}>"


def _no_errors(context: dict[str, Any]) -> str | None:
    return None if context["errors"] else ""


_INPUTS = ("text", "hidden", "number", "date", "email", "password", "input", "checkbox")
_WRITTEN: dict[str, Callable[[dict[str, Any]], str | None]] = {
    **{f"django/forms/widgets/{kind}.html": _input for kind in _INPUTS},
    "django/forms/widgets/textarea.html": _textarea,
    "django/forms/widgets/select.html": _select,
    "django/forms/label.html": _label,
    "django/forms/errors/list/ul.html": _no_errors,
    "django/forms/errors/list/default.html": _no_errors,
}


def _is_plain(context: dict[str, Any]) -> bool:
    """Return whether everything in the context is what these functions know how to write."""
    widget = context.get("widget")
    if widget is None:
        return True
    if not isinstance(widget["value"], str | list | None):
        return False
    groups = widget.get("optgroups") or ()
    return all(option["template_name"] == _OPTION for _name, options, _index in groups for option in options)


class PlainFormRenderer(TemplatesSetting):
    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> SafeString:
        """Render the template, without it where it is one of the smallest."""
        write = _WRITTEN.get(template_name)
        if write is not None and _is_plain(context):
            written = write(context)
            if written is not None:
                return mark_safe(written.strip())  # noqa: S308 - every part is escaped above
        return cast(SafeString, super().render(template_name, context, request))
