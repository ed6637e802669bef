"""Template tags for conclusion, band and state, the meter, icons, pages and active filters.

A tag is symbol + word; the colour (its tone) only helps. Usage: templates/components/README.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple, Protocol, cast

from django import forms, template
from django.core.paginator import Page
from django.db.models import Model, QuerySet
from django.http import QueryDict
from django.templatetags.static import static
from django.utils import formats
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

register = template.Library()


class Mark(NamedTuple):
    """The presentation of a state or conclusion: tone, symbol, label."""

    tone: str
    symbol: str
    label: Any = ""


class Band(Protocol):
    """The part of a risk band that band_tag reads."""

    name: str
    tone: str

    @property
    def symbol(self) -> str: ...


STATES: dict[str, Mark] = {
    "draft": Mark("none", "✎"),
    "planned": Mark("none", "○"),
    "uploaded": Mark("none", "○"),
    "open": Mark("none", "○"),
    "proposed": Mark("ongoing", "↗"),
    "in_progress": Mark("ongoing", "◷"),
    "submitted": Mark("ongoing", "↗"),
    "returned": Mark("guard", "↩"),
    "reopened": Mark("guard", "↩"),
    "done": Mark("low", "✓"),
    "approved": Mark("low", "✓"),
    "adopted": Mark("low", "✓"),
    "confirmed": Mark("low", "✓"),
    "verified": Mark("low", "✓"),
    "overdue": Mark("critical", "!"),
    "missed": Mark("critical", "!"),
    "frozen": Mark("none", "■"),
    "closed": Mark("none", "■"),
    "abandoned": Mark("none", "–"),
}


def mark(tone: str, symbol: str, label: object) -> SafeString:
    """Write a tag: <span class="tag low">✓ label</span>. The symbol is hidden from screen readers; the word is read."""
    return _written_mark(tone, symbol, label if isinstance(label, str) else str(label))


# What is safe and what is to be escaped are different types of the same text.
@lru_cache(maxsize=1000, typed=True)
def _written_mark(tone: str, symbol: str, label: str) -> SafeString:
    if not symbol:
        return format_html('<span class="tag {}"><span>{}</span></span>', tone, label)
    return format_html('<span class="tag {}"><span aria-hidden="true">{}</span><span>{}</span></span>', tone, symbol, label)


@register.simple_tag
def tag(tone: str, symbol: str, label: object) -> SafeString:
    """Write any other tag: {% tag "low" "✓" text %}. Tones: low guard high critical ongoing none."""
    return mark(tone, symbol, label)


@register.simple_tag
def band_tag(band: Band | None, score: int | None = None) -> SafeString:
    """Write the risk's score and band: ◆ 6 Medium. Without a band the score alone, without both "Not scored"."""
    if not band:
        return mark("none", "–", _("Not scored") if score is None else formats.localize(score))
    text = band.name if score is None else f"{score} {band.name}"
    return mark(band.tone, band.symbol, text)


@register.simple_tag
def state_tag(state: str, label: object) -> SafeString:
    """Write a workflow state with its label: {% state_tag plan.state plan.get_state_display %}."""
    found = STATES.get(str(state), Mark("none", ""))
    return mark(found.tone, found.symbol, label)


@register.simple_tag
def meter(value: float, maximum: float, label: str, text: str = "") -> SafeString:
    """Write a native progress bar with an accessible name; `text` is shown beside it. Full at value >= maximum."""
    top = max(maximum, 1)
    return format_html(
        '<div class="meter{}"><progress value="{}" max="{}" aria-label="{}">{}</progress>{}</div>',
        " done" if maximum and value >= maximum else "",
        min(value, top),
        top,
        label,
        label,
        format_html("<span>{}</span>", text) if text else "",
    )


@register.simple_tag
def icon(name: str) -> SafeString:
    """Write a decorative line icon: menu close search upload download print plus calendar. The button's text names it."""
    return _written_icon(static("riskreg/img/icons.svg"), name)


@lru_cache(maxsize=100)
def _written_icon(address: str, name: str) -> SafeString:
    return format_html('<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>', address, name)


@register.simple_tag
def elided_pages(page: Page[Any]) -> list[int | None]:
    """Return the page numbers around this one; None stands for a gap."""
    paginator = page.paginator
    shown = paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    return [number if isinstance(number, int) else None for number in shown]


class ActiveFilter(NamedTuple):
    label: str
    value: str
    remove: str  # the query string without it, "?" at least


@register.simple_tag
def active_filters(form: forms.Form) -> list[ActiveFilter]:
    """Return the filters that are set in a bound form, with the query string that drops each of them."""
    if not form.is_bound or not isinstance(form.data, QueryDict):
        return []
    form.is_valid()
    return list(_active(form, form.data))


def _active(form: forms.Form, query: QueryDict) -> Iterator[ActiveFilter]:
    for name, field in form.fields.items():
        value = form.cleaned_data.get(name)
        if value in (None, "", [], ()) or (isinstance(value, QuerySet) and not value):
            continue
        if field.widget.is_hidden:
            continue
        rest = query.copy()
        for key in list(rest):
            if key in {name, "page"} or key.startswith((f"{name}_", f"{form.add_prefix(name)}_")):
                del rest[key]
        shown = _spoken(field, value)
        if shown:
            yield ActiveFilter(str(form[name].label), shown, f"?{rest.urlencode()}")


def _spoken(field: forms.Field, value: Any) -> str:
    """Return a filter's value as its user chose it."""
    if isinstance(value, slice):  # django-filter's ranges
        ends = [_spoken(field, end) for end in (value.start, value.stop) if end is not None]
        return " – ".join(ends)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, date):
        return formats.date_format(value, "DATE_FORMAT")
    if isinstance(value, Model):
        return str(value)
    if isinstance(value, (list, tuple, QuerySet)):
        return ", ".join(_spoken(field, one) for one in value)
    if isinstance(field, forms.ChoiceField):
        return _choice_label(cast(Iterable[Any], field.choices), str(value))
    return str(value)


def _choice_label(choices: Iterable[Any], value: str) -> str:
    for key, label in choices:
        if isinstance(label, (list, tuple)):
            for inner_key, inner_label in label:
                if str(inner_key) == value:
                    return str(inner_label)
        elif str(key) == value:
            return str(label)
    return value
