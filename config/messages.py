"""The catalogues in locale/: brought up to date with the sources, checked, and compiled.

English is the source language: its catalogue says every msgid as it is. Swedish is
translated by hand; nothing is ever guessed from a similar string.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileParser, write_po

from config.message_sources import Sources

SOURCE_LANGUAGE = "en"
TRANSLATED = ["sv"]
LANGUAGES = [SOURCE_LANGUAGE, *TRANSLATED]
WIDTH = 110
NAMED = re.compile(r"%\(\w+\)[-#0 +]*\d*(?:\.\d+)?[a-zA-Z]|(?<!\{)\{\w+[^{}]*\}(?!\})")
BY_POSITION = re.compile(r"(?<!%)(?:%%)*(%[-#0 +]*\d*(?:\.\d+)?[sdfrx])|(?<!\{)(\{\})(?!\})")


@dataclass(frozen=True)
class Fault:
    """A fault of a catalogue, in words, and the msgid it is about."""

    language: str
    what: str
    about: str

    def __str__(self) -> str:
        return f"{self.language}: {self.what}: {self.about}"


class Catalogue(Catalog):
    """A catalogue whose header says only what a program reads: no dates, no people, no program's version."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        return [
            ("Project-Id-Version", "riskreg"),
            ("Language", str(self.locale)),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=UTF-8"),
            ("Content-Transfer-Encoding", "8bit"),
            ("Plural-Forms", self.plural_forms + "\n"),
        ]

    @mime_headers.setter
    def mime_headers(self, value: Iterable[tuple[str, str]]) -> None:
        """Leave it as it is: a file's header says nothing that this class does not know."""


def catalogue_path(locale: Path, language: str) -> Path:
    """Return the path of the language's catalogue."""
    return locale / language / "LC_MESSAGES" / "django.po"


def read_catalogue(locale: Path, language: str) -> Catalogue:
    """Read the language's catalogue; an empty one where there is no file."""
    catalogue = Catalogue(locale=language, header_comment="#", fuzzy=False, charset="utf-8")
    path = catalogue_path(locale, language)
    if path.exists():
        PoFileParser(catalogue, abort_invalid=True).parse(BytesIO(path.read_bytes()))
    return catalogue


def write_catalogue(locale: Path, catalogue: Catalogue) -> None:
    """Write what people translate. `compiled` says what the program reads."""
    path = catalogue_path(locale, str(catalogue.locale))
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalogue, width=WIDTH, sort_output=True, include_lineno=False)


def compile_catalogue(catalogue: Catalogue) -> bytes:
    """Return the catalogue in its compiled form."""
    file = BytesIO()
    write_mo(file, catalogue)
    return file.getvalue()


def update(locale: Path, sources: Sources) -> dict[str, int]:
    """Write every catalogue and its compiled form; returns how many msgids lack a translation, by language."""
    missing = {}
    for language in LANGUAGES:
        catalogue = read_catalogue(locale, language)
        # What was put away is a candidate again.
        for message in catalogue.obsolete.values():
            if catalogue.get(message.id, message.context) is None:
                catalogue[message.id] = message
        catalogue.obsolete.clear()
        # A copy, for a new message is taken as it is.
        catalogue.update(deepcopy(sources.template), no_fuzzy_matching=True)
        if language == SOURCE_LANGUAGE:
            catalogue.obsolete.clear()
            for message in _messages(catalogue):
                message.string = message.id
        for key in [key for key, message in catalogue.obsolete.items() if not _is_translated(message)]:
            del catalogue.obsolete[key]
        write_catalogue(locale, catalogue)
        catalogue_path(locale, language).with_suffix(".mo").write_bytes(compile_catalogue(catalogue))
        missing[language] = sum(not _is_translated(message) for message in _messages(catalogue))
    return missing


def check(locale: Path, sources: Sources) -> list[Fault]:
    """Return all that keeps the catalogues from being complete, correct and compiled."""
    faults = [Fault(SOURCE_LANGUAGE, "not translatable", text) for text in sources.faults]
    for language in LANGUAGES:
        path = catalogue_path(locale, language)
        catalogue = read_catalogue(locale, language)
        for source in sorted(_messages(sources.template)):
            found = catalogue.get(source.id, source.context)
            faults += (
                [Fault(language, "missing", repr(_forms(source.id)[0]))]
                if found is None
                else [Fault(language, what, repr(_forms(source.id)[0])) for what in _faults_of(found, source)]
            )
        binary = path.with_suffix(".mo")
        if not binary.exists() or binary.read_bytes() != compile_catalogue(catalogue):
            faults.append(Fault(language, "not compiled since its last change, run `make messages`", binary.name))
    return faults


def _messages(catalogue: Catalog) -> list[Message]:
    """Return the entries, without the header."""
    return [message for message in catalogue if message.id]


def _forms(text: str | Iterable[str] | None) -> list[str]:
    """Return the singular and the plural, or the one text; of a new message that has none, an empty one."""
    return [text or ""] if text is None or isinstance(text, str) else list(text)


def _is_translated(message: Message) -> bool:
    return all(form.strip() for form in _forms(message.string))


def _faults_of(message: Message, source: Message) -> list[str]:
    if _forms(message.id) != _forms(source.id):
        return ["its plural is not the source's, run `make messages`"]
    if message.fuzzy:
        return ["fuzzy"]
    if not _is_translated(message):
        return ["not translated"]
    forms = enumerate(_forms(message.string))
    if any(not _fits(_placeholders(form), message, is_singular=number == 0) for number, form in forms):
        return ["its placeholders differ from the source's"]
    return []


Placeholders = tuple[frozenset[str], tuple[str, ...]]


def _fits(translated: Placeholders, message: Message, *, is_singular: bool) -> bool:
    """Return whether a translation has the placeholders of its source.

    A plural's form may match either of the source's forms, and the singular may spell out its number.
    """
    source = [_placeholders(text) for text in _forms(message.id)]
    if translated in source:
        return True
    spelled_out = message.pluralizable and is_singular
    return spelled_out and any(translated[0] <= named and translated[1] in {(), by_position} for named, by_position in source)


def _placeholders(text: str) -> Placeholders:
    """Return the named placeholders, which may move and repeat, and those by position, which stay in order."""
    named = frozenset(NAMED.findall(text))
    by_position = tuple(percent or brace for percent, brace in BY_POSITION.findall(NAMED.sub("", text)))
    return named, by_position
