"""The catalogue tool, tried on a small project of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from babel.messages import Message
from django.template import Engine

from config import messages
from config.message_sources import Sources, read_sources

PYTHON = """
from django.utils.translation import gettext as _, gettext_lazy, ngettext, npgettext_lazy, pgettext
from django.utils import translation

title = _("Risk")
joined = gettext_lazy("The plan "
                      "is adopted.")
count = ngettext("%(count)d risk", "%(count)d risks", 2)
may = pgettext("month", "May")
rows = npgettext_lazy("table", "one row", "{n} rows", "n")
other = translation.gettext("Whole module")
elsewhere = _(title)
"""
TEMPLATE = """{% extends "base.html" %}{% load i18n %}
{% block body %}
  {% if user %}<p title="{% translate 'Signed in' %}">{{ name|default:_("nobody") }}</p>{% endif %}
  {% for row in rows %}{% translate "100 % done" context "progress" as label %}{% endfor %}
  {% blocktranslate trimmed with who=user.name %}
    Adopted by {{ who }}
    yesterday
  {% endblocktranslate %}
  {% blocktranslate count n=rows|length %}{{ n }} row{% plural %}{{ n }} rows{% endblocktranslate %}
  {% include "part.html" with heading=_("Heading") %}
{% endblock %}"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "code.py").write_text(PYTHON, encoding="utf-8")
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "page.html").write_text(TEMPLATE, encoding="utf-8")
    (tmp_path / "templates" / "base.html").write_text("{% block body %}{% endblock %}", encoding="utf-8")
    return tmp_path


def sources_of(project: Path) -> Sources:
    engine = Engine(dirs=[str(project / "templates")], libraries={"i18n": "django.templatetags.i18n"})
    return read_sources(project, ["app"], ["templates"], engine)


def catalogue(project: Path) -> messages.Catalogue:
    return messages.read_catalogue(project / "locale", "sv")


def translate(project: Path, translations: dict[str, str | list[str]]) -> None:
    """Fill in the given ones, and every other one by its msgid; then compile, as `update` does."""
    translated = catalogue(project)
    for entry in translated:
        if entry.id:
            given = translations.get(singular(entry), entry.id)
            entry.string = given if isinstance(given, str) else tuple(given)
    messages.write_catalogue(project / "locale", translated)
    messages.update(project / "locale", sources_of(project))


def singular(entry: Message) -> str:
    return entry.id if isinstance(entry.id, str) else entry.id[0]


def found_in(project: Path, file: str) -> dict[tuple[str | None, str], str | None]:
    """The plural of each message of the file by its context and msgid."""
    entries = [entry for entry in sources_of(project).template if {name for name, _line in entry.locations} == {file}]
    return {(entry.context, singular(entry)): entry.id[1] if entry.pluralizable else None for entry in entries}


def faults(project: Path) -> list[str]:
    return [str(fault) for fault in messages.check(project / "locale", sources_of(project))]


def test_strings_of_the_code_are_found_with_plural_and_context(project: Path) -> None:
    assert found_in(project, "app/code.py") == {
        (None, "Risk"): None,
        (None, "The plan is adopted."): None,
        (None, "%(count)d risk"): "%(count)d risks",
        ("month", "May"): None,
        ("table", "one row"): "{n} rows",
        (None, "Whole module"): None,
    }


def test_strings_of_the_templates_are_found_as_they_are_looked_up(project: Path) -> None:
    assert found_in(project, "templates/page.html") == {
        (None, "Signed in"): None,
        (None, "nobody"): None,
        ("progress", "100 %% done"): None,
        (None, "Adopted by %(who)s yesterday"): None,
        (None, "%(n)s row"): "%(n)s rows",
        (None, "Heading"): None,
    }


def test_a_composed_string_is_a_fault(project: Path) -> None:
    (project / "app" / "more.py").write_text(
        "from django.utils.translation import gettext as _\nname = 'x'\na = _(f'Hej {name}')\nb = _('Hej ' + name)\n"
    )

    assert [fault.split(":")[:2] for fault in sources_of(project).faults] == [["app/more.py", "3"], ["app/more.py", "4"]]


def test_a_call_within_an_f_string_is_a_fault(project: Path) -> None:
    """Before Python 3.12 an f-string is one token, and Babel does not look into it."""
    (project / "app" / "more.py").write_text("from django.utils.translation import gettext as _\na = f'{_(\"Open\")} →'\n")

    assert sources_of(project).faults == ["app/more.py:2: _() within an f-string: translate before it"]


def test_an_empty_string_is_a_fault(project: Path) -> None:
    (project / "app" / "more.py").write_text("from django.utils.translation import gettext as _\na = _('')\n")

    assert sources_of(project).faults == ["app/more.py:2: an empty string cannot be translated"]


def test_one_string_with_two_plurals_is_a_fault(project: Path) -> None:
    (project / "app" / "more.py").write_text(
        "from django.utils.translation import ngettext\na = ngettext('%(count)d risk', '%(count)d of them', 2)\n"
    )

    (fault,) = sources_of(project).faults
    assert fault == "app/more.py: '%(count)d risk' has two plurals, '%(count)d risks' and '%(count)d of them'"


def test_a_template_that_does_not_parse_is_a_fault(project: Path) -> None:
    (project / "templates" / "broken.html").write_text("{% if %}")

    assert "templates/broken.html" in sources_of(project).faults[0]


def test_english_is_complete_from_the_start(project: Path) -> None:
    assert messages.update(project / "locale", sources_of(project)) == {"en": 0, "sv": 12}
    assert [fault for fault in faults(project) if fault.startswith("en:")] == []


def test_a_translated_catalogue_has_no_faults(project: Path) -> None:
    messages.update(project / "locale", sources_of(project))
    translate(project, {"Risk": "Risk", "%(count)d risk": ["en risk", "%(count)d risker"]})

    assert faults(project) == []


def test_what_is_not_translated_is_listed(project: Path) -> None:
    messages.update(project / "locale", sources_of(project))
    translate(project, {"Risk": ""})

    assert faults(project) == ["sv: not translated: 'Risk'"]


def test_a_new_string_is_missing_until_the_catalogue_is_updated(project: Path) -> None:
    messages.update(project / "locale", sources_of(project))
    translate(project, {})
    (project / "app" / "more.py").write_text("from django.utils.translation import gettext\na = gettext('New')\n")

    assert faults(project) == ["en: missing: 'New'", "sv: missing: 'New'"]


@pytest.mark.parametrize(
    ("msgid", "wrong"),
    [
        ("Adopted by %(who)s yesterday", "Antagen av %(vem)s i går"),
        ("Adopted by %(who)s yesterday", "Antagen i går"),
        ("%(count)d risk", ["%(antal)d risk", "%(count)d risker"]),
        ("%(count)d risk", ["%(count)s risk", "%(count)d risker"]),
        ("one row", ["en rad", "{antal} rader"]),
        ("%(count)d risk", ["en risk", "flera risker"]),
        ("Signed in", "Inloggad som %s"),
    ],
)
def test_a_placeholder_that_differs_is_listed(project: Path, msgid: str, wrong: str | list[str]) -> None:
    messages.update(project / "locale", sources_of(project))
    translate(project, {msgid: wrong})

    assert faults(project) == [f"sv: its placeholders differ from the source's: {msgid!r}"]


def test_a_fuzzy_translation_is_listed(project: Path) -> None:
    messages.update(project / "locale", sources_of(project))
    translate(project, {})
    edited = catalogue(project)
    edited["Risk"].flags.add("fuzzy")
    messages.write_catalogue(project / "locale", edited)
    messages.update(project / "locale", sources_of(project))

    assert faults(project) == ["sv: fuzzy: 'Risk'"]


def test_an_edit_that_was_not_compiled_is_listed(project: Path) -> None:
    messages.update(project / "locale", sources_of(project))
    translate(project, {})
    edited = catalogue(project)
    edited["Risk"].string = "Fara"
    messages.write_catalogue(project / "locale", edited)

    assert faults(project) == ["sv: not compiled since its last change, run `make messages`: django.mo"]


def test_updating_keeps_translations_and_puts_away_what_is_gone(project: Path) -> None:
    messages.update(project / "locale", sources_of(project))
    translate(project, {"Risk": "Fara", "May": "maj"})
    (project / "app" / "code.py").write_text("from django.utils.translation import gettext as _\na = _('Risk')\n")

    messages.update(project / "locale", sources_of(project))

    updated = catalogue(project)
    assert updated["Risk"].string == "Fara"
    assert updated.get("May", "month") is None
    assert [entry.string for entry in updated.obsolete.values() if entry.id in {"Risk", "May"}] == ["maj"]
    assert faults(project) == []


def test_a_string_that_comes_back_has_its_translation_again(project: Path) -> None:
    messages.update(project / "locale", sources_of(project))
    translate(project, {"Risk": "Fara"})
    (project / "app" / "code.py").write_text("")
    messages.update(project / "locale", sources_of(project))
    (project / "app" / "code.py").write_text(PYTHON, encoding="utf-8")
    messages.update(project / "locale", sources_of(project))

    assert catalogue(project)["Risk"].string == "Fara"
    assert faults(project) == []


def test_updating_twice_changes_nothing(project: Path) -> None:
    messages.update(project / "locale", sources_of(project))
    translate(project, {})
    before = {path: path.read_bytes() for path in (project / "locale").rglob("django.*")}

    messages.update(project / "locale", sources_of(project))

    assert {path: path.read_bytes() for path in before} == before
