"""`manage.py verify_sample`: repeat a draw and compare it with the record."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from controls.models import Sample
from controls.sampling.drawing.verification import Verdict, is_contradicted, verify
from riskreg.management.explained_command import ExplainedCommand, NotStarted

SIGNS = {Verdict.PROVEN: "✓", Verdict.CONTRADICTED: "✕", Verdict.NOT_PROVABLE: "–"}


class Command(ExplainedCommand):
    help = gettext_lazy(  # type: ignore[assignment]
        "Verifies a drawn sample: the population, the lock before the seed, the draw and every outcome's history."
    )
    exit_codes = {
        0: gettext_lazy("nothing contradicts the sample"),
        1: gettext_lazy("something contradicts it; the lines marked ✕ say what"),
        2: gettext_lazy("there is no such drawn sample, or the arguments are wrong"),
    }
    example = "verify_sample 7"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("sample", type=int, help=_("The sample's number, as in its address."))

    def handle(self, *args: Any, **options: Any) -> None:
        sample = Sample.objects.select_related("population").drawn().filter(pk=options["sample"]).first()
        if sample is None:
            numbers = ", ".join(map(str, Sample.objects.drawn().values_list("pk", flat=True)[:50]))
            raise NotStarted(
                _("There is no drawn sample %(number)d. Drawn are: %(numbers)s.")
                % {"number": options["sample"], "numbers": numbers or "–"}
            )
        statements = verify(sample)
        for each in statements:
            self.stdout.write(f"{SIGNS[each.verdict]} {each.text}")
        if is_contradicted(statements):
            raise CommandError(_("Something does not agree with the sample."))
        self.stdout.write(self.style.SUCCESS(_("Nothing contradicts the sample.")))
