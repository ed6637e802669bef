"""The drill: what somebody with the database's password and the file store may do to what people see, and that each is named.

Each alteration is made alone in a sealed register of every kind of record. What is done to the history and its seals alone is
in tests/trail/test_tampering.py; every single field in test_live_walk.py.
"""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from controls.models import ControlSeries, ControlWatch, HandedInReport, KeptIndicators, KeptWatching
from riskreg import clock
from riskreg.trail.findings import Finding, state
from riskreg.trail.seals import head, seal
from riskreg.trail.tables import trail_tables
from riskreg.trail.verification import verify
from tests.architecture.alterations import Wanted
from tests.architecture.drill import DRILL, FILE_DRILL
from tests.architecture.scene import Scene
from tests.trail.past_the_product import set_columns, undone, without_constraints, without_triggers

pytestmark = pytest.mark.django_db


@pytest.fixture
def register(scene: Scene) -> Scene:
    """The scene sealed, with a confidential risk, watched rules behind a control, and a report that states a head."""
    risk = scene.own.dropped_risk
    risk.is_confidential, risk.confidentiality_section = True, "OSL 18:8"
    risk.save()
    ControlWatch.objects.create(control=scene.own.control, watch=scene.own.watch)
    KeptWatching.objects.create(follow_up=scene.own.follow_ups["approved"], kept_at=clock.now(), figures={"told": 3})
    ControlSeries.objects.create(control=scene.own.control, series=scene.own.series)
    KeptIndicators.objects.create(follow_up=scene.own.follow_ups["approved"], kept_at=clock.now(), figures=[])
    seal(clock.now())
    # As the product does: sealed first, then handed in with the head.
    report = scene.own.handed_in
    without_triggers()
    set_columns(HandedInReport, report.pk, {"trail_head": str(head())})
    row = HandedInReport.history.filter(id=report.pk).latest()
    row.pk, row.trail_head = None, str(head())
    row.save()
    seal(clock.now())
    return scene


def is_it(found: Finding, wanted: Wanted) -> bool:
    said = Wanted(found.kind, found.model, found.record, found.column)
    return all(not want or want == have for want, have in zip(wanted, said, strict=True))


def missed(register: Scene, what: str, *, with_files: bool) -> str:
    """Alter it; return what is wrong with what is found, or nothing."""
    wanted = {**DRILL, **FILE_DRILL}[what](register)
    findings = verify(with_files=with_files).findings
    named = [found for found in findings if is_it(found, wanted)]
    if not named:
        return f"{what}: {findings}"
    text = state(named[:1], None)[0].text
    is_of_record = named[0].kind.startswith(("live", "file")) and named[0].record
    return f"{what}: {text}" if is_of_record and named[0].record not in text else ""


def test_the_drill_is_of_sixty_alterations_or_more_and_begins_with_an_intact_register(register: Scene) -> None:
    assert len(DRILL) + len(FILE_DRILL) >= 60
    outcome = verify(with_files=True)
    assert outcome.is_intact, outcome.findings
    call_command("verify_trail", stdout=StringIO())


def test_whatever_is_altered_in_the_database_is_found_and_named(register: Scene) -> None:
    tables = [each.tracked._meta.db_table for each in trail_tables().values() if each.tracked is not None]
    wrong = []
    with without_constraints(*tables):
        for what in DRILL:
            with undone():
                wrong.append(missed(register, what, with_files=False))
    assert not any(wrong), "\n".join(filter(None, wrong))


@pytest.mark.parametrize("what", FILE_DRILL)
def test_whatever_is_altered_among_the_files_is_found_and_named(
    register: Scene, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Extra files rest where the calendar is pinned, as every rule about dates does.
    monkeypatch.setattr("riskreg.trail.files.YOUNG_SECONDS", 0)
    assert not missed(register, what, with_files=True)
    with pytest.raises(CommandError):
        call_command("verify_trail", stdout=StringIO())
