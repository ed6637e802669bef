"""`manage.py run`: the whole product in one terminal, stopped together by Ctrl-C."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from config.product import Product, ProductError


class Command(BaseCommand):
    help = "Start the web server, the worker, the scheduler and the embedded Redis-protocol server, and keep them running."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=os.environ.get("HOST") or "127.0.0.1", help="address to listen on (or HOST)")
        parser.add_argument("--port", default=os.environ.get("PORT") or "8000", help="port to listen on (or PORT)")
        parser.add_argument("--no-demo", action="store_true", help="start with an empty register")
        parser.add_argument("--check", action="store_true", help="print what would start, and start nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            product = Product.from_options(options["host"], options["port"], with_demo=not options["no_demo"])
            if options["check"]:
                product.describe()
            else:
                product.run()
        except ProductError as error:
            self.stderr.write(self.style.ERROR(str(error)))
            raise SystemExit(error.exit_code) from None
