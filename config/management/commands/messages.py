"""`manage.py messages`: bring the translation catalogues up to date; `--check` says what they lack."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.template import engines
from django.template.backends.django import DjangoTemplates

from config import messages
from config.message_sources import Sources, read_sources

PACKAGES = ["config", "controls", "riskreg"]
TEMPLATE_FOLDERS = ["templates", "controls/templates", "riskreg/templates"]


def sources_of(root: Path) -> Sources:
    """Read the translatable strings of the product's code and templates."""
    backend = engines["django"]
    assert isinstance(backend, DjangoTemplates)
    return read_sources(root, PACKAGES, TEMPLATE_FOLDERS, backend.engine)


class Command(BaseCommand):
    help = "Write the translatable strings into locale/ and compile it; with --check, change nothing and list what is wrong."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="exit with 1 when a translation is missing or wrong")

    def handle(self, *args: Any, **options: Any) -> None:
        locale = Path(settings.LOCALE_PATHS[0])
        sources = sources_of(settings.BASE_DIR)
        if options["check"]:
            faults = messages.check(locale, sources)
            if faults:
                raise CommandError("\n".join([*map(str, faults), f"{len(faults)} faults in the translations."]))
            self.stdout.write(f"{len(sources.template)} strings, all translated.")
            return
        for language, missing in messages.update(locale, sources).items():
            self.stdout.write(f"{language}: {len(sources.template)} strings, {missing} to translate")
        for fault in sources.faults:
            self.stderr.write(fault)
