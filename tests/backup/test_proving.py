"""What a restore verifies at its end."""

from __future__ import annotations

import pytest
from django.utils import timezone

from config.backup.archive import About
from config.backup.proving import prove
from controls.models import SampleItem
from riskreg.trail.seals import seal
from tests.backup.conftest import QUIET
from tests.cast import Cast
from tests.sampling.scene import drawn
from tests.trail.past_the_product import without_triggers

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]
ABOUT = About("1", "sqlite", timezone.now(), 0, 0, 0, "", [], [])


def test_a_sample_that_its_seed_does_not_draw_is_named(cast: Cast, today: object) -> None:
    """Record and history agree, so the trail has nothing to say."""
    sample = drawn(cast, size=3)
    seal(timezone.now())
    assert prove(ABOUT, QUIET.append).is_intact
    without_triggers()
    item = SampleItem.objects.order_by("pk")[0]
    item.key = "En annan rad"
    item.save()
    proof = prove(ABOUT, QUIET.append)
    assert proof.trail.is_intact
    assert not proof.is_intact
    ((named, texts),) = proof.contradicted
    assert (proof.samples, named) == (1, sample)
    assert texts
