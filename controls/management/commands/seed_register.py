"""Fill the demonstration's register with made-up risks from the command line."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from controls.demo.register import NoDemonstration, fill_register


class Command(BaseCommand):
    help = "Adds made-up risks to the demonstration's register until there are SIZE of them, to try the product at size."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("size", type=int, help="how many made-up risks there shall be, as 2000")

    def handle(self, *args: Any, size: int, **options: Any) -> None:
        if size < 1:
            raise CommandError(f"{size} is no number of risks: at least 1.")
        try:
            added = fill_register(size)
        except NoDemonstration:
            raise CommandError("The register does not hold the demonstration. Start it once first: make run") from None
        self.stdout.write(f"{added} risks were added: {size} lie in Provnämnd 01 to 20.")
