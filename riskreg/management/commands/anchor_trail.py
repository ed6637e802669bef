"""`manage.py anchor_trail`: anchor the head of the audit trail outside the register now."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from riskreg import clock
from riskreg.management.explained_command import ExplainedCommand, NotStarted
from riskreg.trail import seals
from riskreg.trail.anchors import making
from riskreg.trail.anchors.places import places


class Command(ExplainedCommand):
    help = gettext_lazy(  # type: ignore[assignment]
        "Seals what is not sealed yet, and anchors the head of the audit trail at each place of TRAIL_ANCHOR: in a file of "
        "signed lines, by time stamps (RFC 3161)."
    )
    exit_codes = {
        0: gettext_lazy("the head is anchored at every place"),
        1: gettext_lazy("at some place it is not; the worker tries again"),
        2: gettext_lazy("TRAIL_ANCHOR names no place, or nothing has been written yet"),
    }
    example = "anchor_trail"

    def handle(self, *args: Any, **options: Any) -> None:
        if not places():
            raise NotStarted(_("TRAIL_ANCHOR names no place: see docs/trail-anchors.md."))
        seals.seal(clock.now())
        head = seals.head()
        if head is None:
            raise NotStarted(_("There is nothing to seal yet."))
        making.ask(clock.now())
        making.make_waiting(clock.now(), at_once=True)
        is_behind = False
        for now in making.places_now():
            said = {
                "place": f"{now.place.kind}:{now.place.shown}",
                "head": head,
                "problem": now.problem,
            }
            if now.last is not None and now.last.head == str(head):
                self.stdout.write(self.style.SUCCESS(_("%(place)s: %(head)s is anchored.") % said))
            else:
                is_behind = True
                self.stdout.write(_("%(place)s: %(head)s is not anchored: %(problem)s") % said)
        if is_behind:
            raise CommandError(_("The head is not anchored everywhere; the worker tries again."))
