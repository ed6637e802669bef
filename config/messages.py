"""The catalogues in locale/: brought up to date with the sources, checked, and compiled.

English is the source language: its catalogue says every msgid as it is. Swedish is
translated by hand; nothing is ever guessed from a similar string.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import polib

from config.message_sources import Sources

SOURCE_LANGUAGE = "en"
TRANSLATED = ["sv"]
LANGUAGES = [SOURCE_LANGUAGE, *TRANSLATED]
NAMED = re.compile(r"%\(\w+\)[-#0 +]*\d*(?:\.\d+)?[a-zA-Z]|(?<!\{)\{\w+[^{}]*\}(?!\})")
BY_POSITION = re.compile(r"(?<!%)(?:%%)*(%[-#0 +]*\d*(?:\.\d+)?[sdfrx])|(?<!\{)(\{\})(?!\})")


@dataclass(frozen=True)
class Fault:
    """What is wrong with a catalogue, in words, and with which msgid."""

    language: str
    what: str
    about: str

    def __str__(self) -> str:
        return f"{self.language}: {self.what}: {self.about}"


def catalogue_path(locale: Path, language: str) -> Path:
    return locale / language / "LC_MESSAGES" / "django.po"


def update(locale: Path, sources: Sources) -> dict[str, int]:
    """Write every catalogue and its compiled form; returns how many msgids lack a translation, by language."""
    missing = {}
    for language in LANGUAGES:
        path = catalogue_path(locale, language)
        catalogue = _updated(language, _read(path), sources)
        path.parent.mkdir(parents=True, exist_ok=True)
        catalogue.save(str(path))
        path.with_suffix(".mo").write_bytes(catalogue.to_binary())
        missing[language] = len(catalogue.untranslated_entries())
    return missing


def check(locale: Path, sources: Sources) -> list[Fault]:
    """Everything that keeps the catalogues from being complete, correct and compiled."""
    faults = [Fault(SOURCE_LANGUAGE, "not translatable", text) for text in sources.faults]
    for language in LANGUAGES:
        path = catalogue_path(locale, language)
        catalogue = _read(path)
        entries = {(entry.msgctxt, entry.msgid): entry for entry in catalogue if not entry.obsolete}
        for context, msgid in sorted(sources.messages, key=lambda key: (key[1], key[0] or "")):
            entry = entries.get((context, msgid))
            faults += (
                [Fault(language, "missing", repr(msgid))]
                if entry is None
                else [Fault(language, what, repr(msgid)) for what in _faults_of(entry, sources.messages[context, msgid].plural)]
            )
        compiled = path.with_suffix(".mo")
        if not compiled.exists() or compiled.read_bytes() != catalogue.to_binary():
            faults.append(Fault(language, "not compiled since its last change, run `make messages`", compiled.name))
    return faults


def _faults_of(entry: polib.POEntry, plural: str | None) -> list[str]:
    if (entry.msgid_plural or None) != plural:
        return ["its plural is not the source's, run `make messages`"]
    if entry.fuzzy:
        return ["fuzzy"]
    forms = entry.msgstr_plural or {0: entry.msgstr}
    if not all(form.strip() for form in forms.values()):
        return ["not translated"]
    if any(not _fits(_placeholders(form), entry, is_singular=number == 0) for number, form in forms.items()):
        return ["its placeholders differ from the source's"]
    return []


Placeholders = tuple[frozenset[str], tuple[str, ...]]


def _fits(translated: Placeholders, entry: polib.POEntry, *, is_singular: bool) -> bool:
    """A plural's form may do as either of the source's forms, and the singular may spell out its number."""
    source = [_placeholders(text) for text in (entry.msgid, entry.msgid_plural) if text]
    if translated in source:
        return True
    spelled_out = bool(entry.msgid_plural) and is_singular
    return spelled_out and any(translated[0] <= named and translated[1] in {(), by_position} for named, by_position in source)


def _placeholders(text: str) -> Placeholders:
    """Named ones may move and repeat; those by position must stay in order."""
    named = frozenset(NAMED.findall(text))
    by_position = tuple(percent or brace for percent, brace in BY_POSITION.findall(NAMED.sub("", text)))
    return named, by_position


def _read(path: Path) -> polib.POFile:
    return polib.pofile(str(path)) if path.exists() else polib.POFile()


def _updated(language: str, earlier: polib.POFile, sources: Sources) -> polib.POFile:
    catalogue = polib.POFile(wrapwidth=110)
    catalogue.metadata = {
        "Project-Id-Version": "riskreg",
        "Language": language,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": "nplurals=2; plural=(n != 1);",
    }
    known = {(entry.msgctxt, entry.msgid): entry for entry in earlier}
    translate = _as_source if language == SOURCE_LANGUAGE else _by_hand
    for key in sorted(sources.messages, key=lambda key: (key[1], key[0] or "")):
        context, msgid = key
        message = sources.messages[key]
        entry = polib.POEntry(
            msgctxt=context,
            msgid=msgid,
            msgid_plural=message.plural or "",
            occurrences=[(file, "") for file in sorted(message.files)],
            flags=["python-format"] if "%" in msgid else [],
        )
        old = known.pop(key, None)
        if old is not None:
            entry.tcomment = old.tcomment
        translate(entry, old)
        catalogue.append(entry)
    if language != SOURCE_LANGUAGE:
        for old in sorted(known.values(), key=lambda entry: entry.msgid):
            if old.translated() or (old.obsolete and (old.msgstr or old.msgstr_plural)):
                old.obsolete = True
                old.occurrences = []
                catalogue.append(old)
    return catalogue


def _as_source(entry: polib.POEntry, old: polib.POEntry | None) -> None:
    if entry.msgid_plural:
        entry.msgstr_plural = {0: entry.msgid, 1: entry.msgid_plural}
    else:
        entry.msgstr = entry.msgid


def _by_hand(entry: polib.POEntry, old: polib.POEntry | None) -> None:
    """Keep what was translated; where a plural came or went, what still fits."""
    if old is not None and "fuzzy" in old.flags:
        entry.flags.append("fuzzy")
    if entry.msgid_plural:
        entry.msgstr_plural = dict(old.msgstr_plural) if old and old.msgstr_plural else {0: old.msgstr if old else "", 1: ""}
    elif old is not None:
        entry.msgstr = old.msgstr or old.msgstr_plural.get(0, "")
