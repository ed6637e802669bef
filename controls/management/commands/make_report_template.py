from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from controls.reporting.writers.word.default_template import packed
from controls.reporting.writers.word.frame import DEFAULT_TEMPLATE


class Command(BaseCommand):
    help = "Packs the report's default Word template from its parts (controls/reporting/writers/word/default_template.py)."

    def handle(self, *args: Any, **options: Any) -> None:
        DEFAULT_TEMPLATE.write_bytes(packed())
        self.stdout.write(str(DEFAULT_TEMPLATE))
