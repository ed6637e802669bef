"""What is proven of a sample, by the product and without it: a change anywhere is seen, and weeding is said."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from controls.models import Population, Sample, SampleItem
from controls.sampling.drawing.verbs import extend, replace
from controls.sampling.drawing.verification import Verdict, is_contradicted, verify
from controls.sampling.populations.verbs import hold, release, retain
from controls.sampling.populations.weeding import weed_due, weed_population
from riskreg import clock
from riskreg.models import Tombstone
from riskreg.trail.seals import seal
from riskreg.trail.verification import verify as verify_trail
from tests.cast import Cast
from tests.data_files.files import invoices
from tests.sampling.scene import drawn, locked
from tests.sampling.test_verifying_outside import WAYS, downloaded, run_script, sample_by
from tests.trail.past_the_product import delete

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


def verdicts(sample: Sample) -> dict[str, set[Verdict]]:
    found: dict[str, set[Verdict]] = {}
    for each in verify(Sample.objects.get(pk=sample.pk)):
        found.setdefault(each.about, set()).add(each.verdict)
    return found


def sealed(sample: Sample) -> Sample:
    seal(clock.now())
    return sample


@pytest.mark.parametrize("way", WAYS)
def test_everything_is_proven_of_an_untouched_sample(cast: Cast, way: str) -> None:
    sample = sealed(sample_by(cast, way))
    assert {verdict for each in verdicts(sample).values() for verdict in each} == {Verdict.PROVEN}
    call_command("verify_sample", str(sample.pk), stdout=(out := StringIO()))
    assert sample.population.sha256 in out.getvalue()


def test_replaced_and_extended_it_is_still_proven(cast: Cast, sample: Sample) -> None:
    replace(sample.items.get(position=2), by=cast.karin, reason="Saknas")
    extend(sample, by=cast.karin, count=12, reason="Avvikelse")
    assert not is_contradicted(verify(Sample.objects.get(pk=sample.pk)))


def test_before_the_night_s_seal_it_says_that_the_rows_are_not_sealed_yet(sample: Sample) -> None:
    assert verdicts(sample)["lock"] == {Verdict.PROVEN, Verdict.NOT_PROVABLE}


# A change behind the product's back


def swap_keys(sample: Sample) -> None:
    SampleItem.objects.filter(sample=sample, position=1).update(key="F000199")


def other_item(sample: Sample) -> None:
    """Whoever changes an item, its ticket, leaf and the record's hash along with it, still meets the draw."""
    from controls.sampling.drawing.record import hash_of
    from controls.sampling.drawing.tickets import leaf, ticket

    item = sample.items.get(position=1)
    item.key = next(row[0] for row in invoices(200) if not sample.items.filter(key=row[0]).exists())
    item.ticket = ticket(sample.seed, item.key)
    item.leaf = leaf(item.salt, item.ticket, item.key)
    SampleItem.objects.filter(pk=item.pk).update(key=item.key, ticket=item.ticket, leaf=item.leaf)
    Sample.objects.filter(pk=sample.pk).update(record_sha256=hash_of(sample.record, sample.items.all()))


def other_seed(sample: Sample) -> None:
    Sample.objects.filter(pk=sample.pk).update(seed=sample.seed[::-1])


def later_lock(sample: Sample) -> None:
    assert sample.seed_set_at is not None
    Population.objects.filter(pk=sample.population_id).update(locked_at=sample.seed_set_at + timedelta(minutes=1))


def other_hash(sample: Sample) -> None:
    Population.objects.filter(pk=sample.population_id).update(sha256="0" * 64)


def other_file(sample: Sample) -> None:
    path = Path(sample.population.file.path)
    duckdb.sql(f"copy (select * from read_parquet('{path}') where c0 <> 'F000007') to '{path}.new' (format parquet)")
    path.write_bytes(Path(f"{path}.new").read_bytes())


def other_outcome(sample: Sample) -> None:
    SampleItem.objects.filter(sample=sample, position=1).update(
        outcome="ok", examined_at=sample.drawn_at, examined_by=sample.drawn_by_id
    )


def item_gone(sample: Sample) -> None:
    SampleItem.objects.filter(sample=sample, position=5).delete()


def item_gone_and_no_row_says_so(sample: Sample) -> None:
    delete(SampleItem, sample.items.get(position=5).pk)


def reserve_as_drawn(sample: Sample) -> None:
    """An item that was not to be seen changes places with a reserve; the record's hash is made anew."""
    from controls.sampling.drawing.record import hash_of

    first, last = sample.items.get(position=1), sample.items.get(kind="reserve", position=21)
    SampleItem.objects.filter(pk=first.pk).update(kind="reserve")
    SampleItem.objects.filter(pk=last.pk).update(kind="drawn")
    Sample.objects.filter(pk=sample.pk).update(record_sha256=hash_of(sample.record, sample.items.all()))


def other_record(sample: Sample) -> None:
    Sample.objects.filter(pk=sample.pk).update(record={**sample.record, "size": 5})


def with_record_made_again(sample: Sample, **values: Any) -> None:
    """Whoever changes the design puts it into the record as well, and makes the record's hash anew."""
    from controls.sampling.drawing.record import hash_of

    record = {**sample.record, "design": {**sample.record.get("design", {}), **values}}
    Sample.objects.filter(pk=sample.pk).update(
        design={**sample.design, **values}, record=record, record_sha256=hash_of(record, sample.items.all())
    )


def other_tolerable_rate(sample: Sample) -> None:
    Sample.objects.filter(pk=sample.pk).update(design={**sample.design, "tolerable_rate": "0.5"})


def other_tolerable_rate_in_the_record_too(sample: Sample) -> None:
    with_record_made_again(sample, tolerable_rate="0.5")


def other_confidence_in_the_record_too(sample: Sample) -> None:
    with_record_made_again(sample, confidence="0.6")


def lower_amount(sample: Sample) -> None:
    SampleItem.objects.filter(sample=sample, position=3).update(amount="1.00")


def other_cells(sample: Sample) -> None:
    item = sample.items.get(position=3)
    SampleItem.objects.filter(pk=item.pk).update(values=item.values.replace("Leverantör", "Bolag").replace("0", "1"))


def examined_by_another(sample: Sample) -> None:
    SampleItem.objects.filter(sample=sample, position=4).update(
        outcome="ok", examined_by=sample.drawn_by_id, examined_at=sample.drawn_at
    )


def fewer_rows(sample: Sample) -> None:
    Population.objects.filter(pk=sample.population_id).update(row_count=150)


def other_total(sample: Sample) -> None:
    Population.objects.filter(pk=sample.population_id).update(name="En annan fil.csv")


def design_in_the_trail_too(sample: Sample) -> None:
    """The newest row of the history is changed along with the record, so that the two agree: then the seal tells."""
    other_tolerable_rate(sample)
    newest = sample.history.order_by("history_id").last()
    assert newest is not None
    Sample.history.filter(history_id=newest.history_id).update(design={**sample.design, "tolerable_rate": "0.5"})


def item_in_the_trail_too(sample: Sample) -> None:
    lower_amount(sample)
    item = sample.items.get(position=3)
    SampleItem.history.filter(id=item.pk).update(amount="1.00")


def other_trail(sample: Sample) -> None:
    Population.history.filter(id=sample.population_id, state="locked").update(locked_at=sample.drawn_at)


@pytest.mark.parametrize(
    ("change", "about"),
    [
        (swap_keys, "record"),
        (other_item, "draw"),
        (other_seed, "draw"),
        (other_seed, "seed"),
        (later_lock, "lock"),
        (other_hash, "population"),
        (other_file, "population"),
        (other_outcome, "outcomes"),
        (item_gone, "record"),
        (reserve_as_drawn, "draw"),
        (other_record, "record"),
        (other_trail, "lock"),
        (other_tolerable_rate, "record"),
        (other_tolerable_rate_in_the_record_too, "record"),
        (other_confidence_in_the_record_too, "record"),
        (lower_amount, "outcomes"),
        (other_cells, "outcomes"),
        (examined_by_another, "outcomes"),
        (item_gone_and_no_row_says_so, "outcomes"),
        (fewer_rows, "population"),
        (other_total, "population"),
        (design_in_the_trail_too, "record"),
        (item_in_the_trail_too, "outcomes"),
    ],
)
def test_a_change_behind_the_product_s_back_is_seen(sample: Sample, change: Any, about: str) -> None:
    sample = sealed(sample)
    change(Sample.objects.get(pk=sample.pk))
    assert Verdict.CONTRADICTED in verdicts(sample)[about]
    with pytest.raises(CommandError):
        call_command("verify_sample", str(sample.pk), stdout=StringIO())


def test_what_differs_is_told_by_both_values_and_personal_data_only_by_name(sample: Sample) -> None:
    sample = sealed(sample)
    amount = sample.items.get(position=3).amount
    other_tolerable_rate_in_the_record_too(sample)
    lower_amount(sample)
    SampleItem.objects.filter(sample=sample, position=5).update(note="Anna Andersson")
    fewer_rows(sample)
    told = " ".join(one.text for one in verify(Sample.objects.get(pk=sample.pk)) if one.verdict == Verdict.CONTRADICTED)
    assert "tolerable_rate: – → 0.5" in told
    assert "200 → 150" in told
    assert amount is not None
    assert f"{amount.normalize():f} → 1" in told
    assert "Anna Andersson" not in told


def test_an_outcome_that_was_changed_openly_is_told(cast: Cast, sample: Sample) -> None:
    item = sample.items.get(position=4)
    for outcome in ("deviation", "ok"):
        item.outcome, item.examined_by, item.examined_at = outcome, cast.karin, clock.now()
        item._history_user = cast.karin  # type: ignore[attr-defined]
        item.save()
    told = [each.text for each in verify(sample) if each.about == "outcomes"]
    assert any("4" in text and "Karin Lindqvist" in text for text in told)


def test_a_number_that_is_no_sample_names_those_that_are(sample: Sample) -> None:
    with pytest.raises(CommandError, match=str(sample.pk)):
        call_command("verify_sample", "987654")


# Weeding


LATER = datetime(2028, 1, 1, 3, 10, tzinfo=ZoneInfo("Europe/Stockholm"))


def weeded(sample: Sample) -> Sample:
    assert weed_due(LATER) == 1
    return Sample.objects.select_related("population").get(pk=sample.pk)


def test_when_the_time_is_over_the_file_and_the_personal_columns_go(
    sample: Sample, django_capture_on_commit_callbacks: Any
) -> None:
    path = Path(sample.population.file.path)
    before = (sample.population.sha256, sample.record_sha256, sample.population.row_count, sample.population.control_total)
    with django_capture_on_commit_callbacks(execute=True):
        sample = weeded(sample)
    population = sample.population
    assert not path.exists()
    assert (population.state, population.file.name) == ("weeded", "")
    assert (population.sha256, sample.record_sha256, population.row_count, population.control_total) == before
    for item in sample.items.all():
        assert set(item.cells) == {"Faktura", "Belopp", "Konto"}
        assert item.key
        assert item.ticket
    assert not SampleItem.history.filter(values__contains="Leverantör ").exists()


def test_the_trail_says_what_was_weeded_and_still_verifies(sample: Sample) -> None:
    sample = sealed(sample)
    sample = weeded(sample)
    assert Tombstone.objects.filter(model="controls.sampleitem").count() == 25
    stone = Tombstone.objects.filter(model="controls.sampleitem").first()
    assert stone is not None
    assert "2027-09-08" in stone.reason
    seal(LATER)
    assert verify_trail().is_intact
    assert "2027-09-08" in sample.population.history.order_by("-history_id")[0].history_change_reason


def test_after_weeding_the_rest_is_still_proven(sample: Sample) -> None:
    sample = weeded(sealed(sample))
    found = verdicts(sample)
    assert found["draw"] == {Verdict.NOT_PROVABLE}
    assert found["population"] == {Verdict.NOT_PROVABLE, Verdict.PROVEN}, "the file is gone; what is stored of it stands"
    assert found["record"] == found["outcomes"] == {Verdict.PROVEN}
    assert Verdict.CONTRADICTED not in {verdict for each in found.values() for verdict in each}
    assert sample.population.sha256 in " ".join(each.text for each in verify(sample))


def test_a_key_that_is_personal_data_leaves_its_salted_hash(cast: Cast, tmp_path: Path, client: Client) -> None:
    sample = drawn(cast, locked(cast, personal=("Faktura", "Leverantör", "Belopp")))
    leaves = list(sample.items.values_list("leaf", flat=True))
    record, population, script, short = downloaded(cast, sample, tmp_path, client)
    sample = weeded(sample)
    for item in sample.items.all():
        assert (item.key, item.ticket, item.salt, item.row_number, item.amount) == ("", "", "", None, None)
        assert set(item.cells) == {"Konto"}
    assert list(sample.items.values_list("leaf", flat=True)) == leaves
    assert "F000" not in json.dumps(list(SampleItem.history.values("key", "values", "note")))
    assert verdicts(sample)["record"] == {Verdict.PROVEN, Verdict.NOT_PROVABLE}
    # Whoever kept the record from before proves which items they were.
    assert run_script(script, record).returncode == 0
    said = json.loads(Path(record).read_text(encoding="utf-8"))
    assert said["sha256"] == sample.record_sha256
    assert [item["leaf"] for item in said["items"]] == leaves
    # The record of today still holds; what the short script needs is gone, and it says so.
    client.force_login(cast.ake)
    Path(record).write_bytes(client.get(reverse("sample_record", args=[sample.pk])).content)
    assert run_script(script, record).returncode == 0
    assert "NOT VERIFIED" in run_script(short, record, population).stderr
    assert reverse("sample_short_verifier") not in client.get(reverse("sample_verify", args=[sample.pk])).content.decode()


def test_what_a_check_quoted_of_rows_is_in_no_history_and_goes_too(cast: Cast) -> None:
    population = locked(cast, stratum="Leverantör", personal=("Konto",))
    drawn(cast, population, 3)
    # As populations were locked before groups of personal data were refused.
    Population.objects.filter(pk=population.pk).update(personal_columns=["Leverantör"])
    assert not hasattr(population.history.first(), "profile")
    weed_population(population.pk, now=LATER)
    population.refresh_from_db()
    assert "Leverantör 1" not in json.dumps(population.profile, ensure_ascii=False)
    assert population.profile["checked"]["rows"] == 200


def test_nothing_is_weeded_before_its_time_or_on_legal_hold_or_twice(cast: Cast, sample: Sample) -> None:
    assert weed_due(clock.now()) == 0
    hold(sample.population, by=cast.eva, reason="Tvist")
    assert weed_due(LATER) == 0
    release(sample.population, by=cast.eva, reason="Avgjord")
    assert weed_due(LATER) == 1
    assert weed_due(LATER) == 0


def test_a_longer_time_is_kept(cast: Cast, sample: Sample) -> None:
    retain(sample.population, by=cast.eva, until=date(2030, 1, 1), reason="Arkivbeslut")
    assert weed_due(LATER) == 0


def test_from_a_weeded_population_nothing_more_is_drawn(cast: Cast, sample: Sample) -> None:
    from riskreg.verbs.errors import Refused

    sample = weeded(sample)
    with pytest.raises(Refused):
        extend(sample, by=cast.karin, count=20, reason="Mer")
