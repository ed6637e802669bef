"""`manage.py load_demo`: load the demonstration."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from controls.demo import municipality


class Command(BaseCommand):
    help = "Load the demonstration municipality with its year 2025. Run again, it changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        if municipality.load():
            self.stdout.write(self.style.SUCCESS(_("The demonstration municipality is loaded.")))
        else:
            self.stdout.write(_("The demonstration municipality is already loaded: nothing was changed."))
