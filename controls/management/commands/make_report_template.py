"""`manage.py make_report_template`: pack the shipped Word template."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from controls.reporting.writers.word.default_template import pack
from controls.reporting.writers.word.frame import DEFAULT_TEMPLATE


class Command(BaseCommand):
    help = "Packs the report's default Word template from its parts (controls/reporting/writers/word/default_template.py)."

    def handle(self, *args: Any, **options: Any) -> None:
        DEFAULT_TEMPLATE.write_bytes(pack())
        self.stdout.write(str(DEFAULT_TEMPLATE))
