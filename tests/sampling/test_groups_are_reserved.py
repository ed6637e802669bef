"""Groups may be people: their names are for who may read the population's rows, on every page, in the history and the export."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from controls.models import FollowUp, Population, Sample, SamplingRun
from controls.sampling.samples.planning import frame_of
from controls.sampling.statistics.design import Asked, Division, plan_sample
from riskreg import clock
from riskreg.models import Membership, User
from riskreg.models.author import Author
from riskreg.models.history import save_with_history
from riskreg.trail.export import export_lines
from riskreg.trail.seals import seal
from tests.cast import Cast, make_user
from tests.follow_ups.follow_ups import in_state
from tests.sampling.samples import drawn_sample, examine, locked_population

pytestmark = pytest.mark.django_db

NAMES = ("Agda Hemlig", "Beda Dold")
STRATA = [[NAMES[0], 100, "0"], [NAMES[1], 300, "0"]]


@pytest.fixture
def drawn(cast: Cast, today: Any) -> Sample:
    """Drawn by group, examined, and with a run that failed over a group."""
    follow_up = in_state(cast, "in_progress")
    sample = drawn_sample(follow_up, asked=Asked(division=Division.PROPORTIONAL), size=8, strata=STRATA)
    examine(sample, {1: "deviation"}, by=cast.karin)
    save_with_history(sample, by=Author(cast.karin), reason="Ritad")
    Population.objects.filter(pk=sample.population_id).update(personal_columns=["Attest", "Enhet"])
    SamplingRun.objects.create(
        population=sample.population,
        sample=sample,
        kind="draw",
        state="failed",
        asked_by=cast.karin,
        asked_at=clock.now(),
        seen_at=clock.now(),
        finished_at=clock.now(),
        problem=f"Gruppen {NAMES[0]} har 3 poster.",
    )
    return sample


@pytest.fixture
def begun(cast: Cast, today: Any) -> Sample:
    follow_up = in_state(cast, "in_progress", title="Annan risk")
    population = locked_population(follow_up, strata=STRATA)
    design = plan_sample(Asked(division=Division.PROPORTIONAL), frame_of(population))
    return Sample.objects.create(population=population, follow_up=follow_up, design=design.as_json(), size=design.size)


def seen_by(user: User, address: str) -> str:
    client = Client()
    client.force_login(user)
    answer = client.get(address, follow=True)
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
    return bytes(content).decode("utf-8", errors="replace")


def addresses(drawn: Sample, begun: Sample) -> list[str]:
    follow_up = drawn.follow_up
    assert isinstance(follow_up, FollowUp)
    found = [reverse("sample_design", args=[begun.pk])]
    for sample in (drawn, begun):
        found += [
            sample.get_absolute_url(),
            sample.population.get_absolute_url(),
            reverse("history", args=["controls", "sample", sample.pk]),
            reverse("history", args=["controls", "population", sample.population_id]),
            reverse("admin:controls_sample_change", args=[sample.pk]),
            reverse("admin:controls_population_change", args=[sample.population_id]),
            reverse("risk", args=[sample.population.control.risk_id]),
            reverse("risk_timeline", args=[sample.population.control.risk_id]),
        ]
    found += [reverse("sampling_run", args=[drawn.runs.get().pk]), follow_up.get_absolute_url()]
    plan, closing = follow_up.control.risk.plan_id, follow_up.closing.kind
    found += [reverse("report_file", args=[kind, plan, closing, "json"]) for kind in ("follow_up", "deviations", "auditors_file")]
    found += [reverse("admin:controls_sample_changelist"), reverse("admin:controls_population_changelist")]
    return found


def test_who_may_not_read_the_rows_is_told_no_groups_name(cast: Cast, drawn: Sample, begun: Sample) -> None:
    told = {address: seen_by(cast.siv, address) for address in addresses(drawn, begun)}
    assert {address for address, page in told.items() if any(name in page for name in NAMES)} == set()
    assert all(told.values())


def test_who_may_read_them_is_told(cast: Cast, drawn: Sample, begun: Sample) -> None:
    User.objects.update(language="en")
    for address in (
        reverse("sample_design", args=[begun.pk]),
        drawn.population.get_absolute_url(),
        drawn.get_absolute_url(),
        reverse("history", args=["controls", "sample", drawn.pk]),
    ):
        assert NAMES[0] in seen_by(cast.karin, address), address
    hidden = seen_by(cast.siv, reverse("history", args=["controls", "sample", drawn.pk]))
    assert "not shown to you" in hidden
    assert "Ritad" in hidden
    assert "There are 2 groups." in seen_by(cast.siv, drawn.population.get_absolute_url())


def test_the_guide_to_a_size_is_for_who_may_read_the_rows(cast: Cast, begun: Sample) -> None:
    client = Client()
    client.force_login(cast.siv)
    assert client.get(reverse("sample_design", args=[begun.pk])).status_code == 403
    assert reverse("sample_design", args=[begun.pk]) not in client.get(begun.get_absolute_url()).content.decode()


def test_the_export_gives_their_rows_as_hashes_to_who_verifies_elsewhere_only(cast: Cast, drawn: Sample) -> None:
    seal(clock.now())
    both = make_user("Revisor Annanstans", cast.school_board, "auditor")
    Membership.objects.create(user=both, unit=cast.board, role="administrator")
    both = User.objects.get(pk=both.pk)
    assert Sample.objects.visible_to(both).filter(pk=drawn.pk).exists()

    def states(reader: User) -> set[str]:
        lines = [json.loads(line) for line in export_lines(reader, clock.now())]
        return {line["state"] for line in lines if line.get("model") == "controls.sample" and line["record"] == str(drawn.pk)}

    assert states(both) == {"withheld"}
    assert states(User.objects.get(pk=cast.ake.pk)) == {"shown"}
    assert not any(name in line for line in export_lines(both, clock.now()) for name in NAMES)
