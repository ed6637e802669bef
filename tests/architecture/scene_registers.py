"""Registers of the scene: one with snapshots and a file that waits, one whose file is being read, one that is closed."""

from __future__ import annotations

from typing import Any

from controls.models import Register
from controls.monitoring.registers import verbs
from riskreg.models import Unit, User
from tests.monitoring.registers.scene import AUGUST, JULY, JUNE, SUPPLIERS, a_file, a_register, fed


def make_registers(place: Any, unit: Unit, feeder: User, keeper: User) -> None:
    """Give the place its registers, with their files."""
    register = a_register(unit, keeper)
    fed(register, feeder, as_of=JUNE)
    place.snapshot = fed(register, feeder, *SUPPLIERS[1:], ("1009", "Ny AB", "556703-7485", "", "Lillköping"), as_of=JULY)
    place.draft_snapshot = fed(register, feeder, SUPPLIERS[0], as_of=AUGUST)
    place.register = Register.objects.get(pk=register.pk)
    waiting = a_register(unit, keeper, name="Avtal", kind="agreements")
    place.register_run = verbs.feed(waiting, by=feeder, file=a_file(name="avtal.csv"), as_of=AUGUST)[1]
    place.closed_register = verbs.close(a_register(unit, keeper, name="Gammalt"), by=keeper, reason="Nytt system")
