"""Verification of a sample: the population, the lock before the seed, the draw, every outcome's history.

Each statement is proven, contradicted, or not provable any more (weeded, or not sealed yet); none is guessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import Any

from django.utils import formats, timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from controls.data_files.engine import Engine, Tell
from controls.data_files.long_work import Failed
from controls.data_files.table import Table, content_sha256
from controls.models import Population, Sample, SampleItem, SamplingRun
from controls.sampling.drawing.against_trail import Held, hold_items, hold_population, hold_sample, waiting_in_words
from controls.sampling.drawing.items import pick_items, whole_from
from controls.sampling.drawing.picking import pick_smallest
from controls.sampling.drawing.record import hash_of
from controls.sampling.drawing.tickets import leaf, ticket
from controls.sampling.populations.stored_file import choice_of, path_of
from controls.sampling.runs import SMALL_ROWS, WORKSHOP, ask, finishing
from riskreg.access.confidential_times import written_in_confidence
from riskreg.access.grants import author_with
from riskreg.access.verbs import Verb
from riskreg.models import SealedRow, User
from riskreg.trail import canonical
from riskreg.trail.tables import trail_tables
from riskreg.verbs.errors import Refused

ROWS_OF_AN_ITEM = 30
"""An item with its history takes about as long to verify as so many rows of the population."""


class Verdict(StrEnum):
    PROVEN = "proven"
    CONTRADICTED = "contradicted"
    NOT_PROVABLE = "not_provable"


@dataclass(frozen=True, slots=True)
class Statement:
    """`about`: population, people, lock, seed, record, draw, outcomes."""

    about: str
    verdict: Verdict
    text: str


def verify(sample: Sample, *, tell: Tell | None = None, work: Path | None = None) -> list[Statement]:
    """Verify a drawn sample; return a statement on each part. Scans the population's file; writes nothing.

    `tell` is called with the progress of the scan, 0 to 1, and ends it by raising. `work`: a folder to work in, which
    the caller empties; without it a temporary one is made.
    """
    population = sample.population
    items = list(sample.items.select_related("examined_by", "replaces").order_by("position"))
    # Before the scan, which may take a minute: the items go on being examined meanwhile, and their histories with them.
    told = [
        *_lock_before_seed(sample, population),
        *_people(sample, population),
        *_record(sample, population, items),
        *_as_the_trail_says(sample, population),
        *_outcomes(sample, items),
    ]
    return [*_population_and_draw(sample, population, items, tell, work), *told]


def work_of(sample: Sample) -> int:
    """Return the amount of work of a verification, in rows of a population."""
    rows = sample.population.row_count or 0 if sample.population.file else 0
    return rows + ROWS_OF_AN_ITEM * sample.items.count()


def is_large(sample: Sample) -> bool:
    """Return whether the verification takes so long that the worker does it."""
    return work_of(sample) > SMALL_ROWS


def ask_for(sample: Sample, *, by: User) -> SamplingRun:
    """Queue a verification whose outcome is stored.

    Raises NotPermitted, and Refused while another of the sample is under way.
    """
    author = author_with(by, Verb.VERIFY, sample.population.unit)
    if not sample.is_drawn:
        raise Refused(_("Nothing is drawn yet: there is nothing to verify."))
    return ask(sample.population, SamplingRun.Kind.VERIFY, by=author, size=work_of(sample), sample=sample)


def verify_now(run: SamplingRun, engine: Engine) -> None:
    """Perform the verification; called by the run."""
    if run.sample is None:
        raise Failed(_("The run names no sample."))
    statements = verify(run.sample, tell=engine.tell, work=WORKSHOP.folder_of(run))
    with finishing(run):
        SamplingRun.objects.filter(pk=run.pk).update(outcome=as_outcome(statements))


def as_outcome(statements: Sequence[Statement]) -> dict[str, Any]:
    """Return the statements as a run stores them, with the language of their words."""
    kept = [{"about": one.about, "verdict": one.verdict.value, "text": one.text} for one in statements]
    return {"language": get_language(), "statements": kept}


def of_outcome(outcome: dict[str, Any]) -> list[Statement]:
    """Return the statements of a stored outcome."""
    return [Statement(one["about"], Verdict(one["verdict"]), one["text"]) for one in outcome.get("statements", [])]


def _proven(about: str, is_right: bool, right: str, wrong: str) -> Statement:
    return Statement(about, Verdict.PROVEN if is_right else Verdict.CONTRADICTED, right if is_right else wrong)


def _population_and_draw(
    sample: Sample, population: Population, items: list[SampleItem], tell: Tell | None, work: Path | None
) -> Iterator[Statement]:
    if population.state == Population.State.WEEDED:
        gone = _("The population was weeded %(day)s. Whoever has the file can still show that it is the one: SHA-256 %(hash)s.")
        told = gone % {"day": _moment(population.weeded_at), "hash": population.sha256}
        yield Statement("population", Verdict.NOT_PROVABLE, told)
        again = _("Without the file, the draw cannot be made again here. The record below still says what it gave.")
        yield Statement("draw", Verdict.NOT_PROVABLE, again)
        return
    try:
        path = path_of(population)
    except Failed as failure:
        yield Statement("population", Verdict.CONTRADICTED, str(failure))
        return
    with WORKSHOP.scratch_engine(tell=tell, within=work) as engine:
        engine.step(0.5)
        digest = content_sha256(engine, path, population.columns, population.key_columns)
        yield _proven(
            "population",
            digest == population.sha256 == sample.population_sha256,
            _("The population's file is the one that was locked: SHA-256 %(hash)s.") % {"hash": digest},
            _("The population's file is not the one that was locked. Its SHA-256 is %(hash)s.") % {"hash": digest},
        )
        yield _proven(
            "draw",
            _draws_the_same(engine, path, sample, population, items),
            _("The draw was made again from the file and the seed, and gave the same items."),
            _("The draw was made again from the file and the seed, and gave other items."),
        )


def _draws_the_same(engine: Engine, path: Path, sample: Sample, population: Population, items: list[SampleItem]) -> bool:
    """Return whether the recorded items are those that the seed draws.

    For a draw by tickets, the recorded items of a group (reserves, replacements and extensions, too) are its smallest
    tickets in their order, and the first of them, as many as were planned, are the drawn ones.
    """
    if sample.method in {Sample.Method.MONETARY, Sample.Method.CENSUS}:
        engine.step(0.5)
        picked = pick_items(engine, path, population, sample)
        return sorted((each.kind == "whole", each.key) for each in picked) == sorted(
            (item.kind == "whole", item.key) for item in items
        )
    table = Table(path, population.columns, choice_of(population))
    by_group = sample.method == Sample.Method.STRATIFIED
    sizes: dict[str | None, int] = sample.design.get("strata", {}) if by_group else {None: sample.size or 0}
    groups: dict[str | None, list[SampleItem]] = {group: [] for group, size in sizes.items() if size}
    for item in items:
        if item.kind != "whole":
            groups.setdefault(item.stratum if by_group else None, []).append(item)
    whole: set[str] = set()
    for group, found in groups.items():
        size = sizes.get(group, 0)
        if [item.kind == "drawn" for item in found] != [place < size for place in range(max(size, len(found)))]:
            return False
        engine.step(0.5 / len(groups))
        picked = pick_smallest(engine, table, sample.seed, len(found), stratum=group, whole_from=whole_from(sample), beside=0)
        whole |= {each.key for each in picked if each.kind == "whole"}
        if [each.key for each in picked if each.kind != "whole"] != [item.key for item in found]:
            return False
    return whole == {item.key for item in items if item.kind == "whole"}


def _lock_before_seed(sample: Sample, population: Population) -> Iterator[Statement]:
    times = {"lock": _moment(population.locked_at), "seed": _moment(sample.seed_set_at)}
    is_before = population.locked_at is not None and sample.seed_set_at is not None and population.locked_at < sample.seed_set_at
    yield _proven(
        "lock",
        is_before and population.locked_at == sample.population_locked_at,
        _("The population was locked %(lock)s, and the seed set after it, %(seed)s.") % times,
        _("The seed, %(seed)s, is not later than the lock, %(lock)s.") % times,
    )
    lock_row = Population.history.filter(id=population.pk, state="locked").order_by("history_id").first()
    seed_row = Sample.history.filter(id=sample.pk).exclude(seed="").order_by("history_id").first()
    if lock_row is None or seed_row is None:
        yield Statement("lock", Verdict.CONTRADICTED, _("The trail holds no row of the lock or of the seed."))
        return
    agrees = lock_row.sha256 == sample.population_sha256 and lock_row.history_date < seed_row.history_date
    yield _proven(
        "lock",
        agrees,
        _("The trail says the same: the row of the lock, with this hash, was written %(lock)s, that of the seed %(seed)s.")
        % {"lock": _moment(lock_row.history_date), "seed": _moment(seed_row.history_date)},
        _("The trail says something else: the row of the lock has another hash, or is later than that of the seed."),
    )
    yield _sealed([(Population, lock_row.history_id), (Sample, seed_row.history_id)])
    others = Sample.history.filter(id=sample.pk, history_id__gt=seed_row.history_id).exclude(
        seed=sample.seed, population_sha256=sample.population_sha256
    )
    yield _proven(
        "seed",
        not others.exists() and seed_row.seed == sample.seed,
        _("The seed has been the same ever since: %(seed)s.") % {"seed": sample.seed},
        _("The trail shows that the seed was changed after it was set."),
    )


def _people(sample: Sample, population: Population) -> Iterator[Statement]:
    """Yield statements on who locked, set the seed and drew, and when; each compared with the trail."""
    locked = Population.history.filter(id=population.pk, state="locked").order_by("history_id").first()
    rows = Sample.history.filter(id=sample.pk).order_by("history_id")
    seeded, drawn = rows.exclude(seed="").first(), rows.filter(state__in=Sample.DRAWN_STATES).first()
    seed = {"who": sample.seed_setter, "when": _in_words(sample.seed_set_at), "event": sample.seed_event}
    by_event = sample.seed_origin == Sample.SeedOrigin.EVENT
    acts = [
        (
            _("%(who)s locked the population on %(when)s.")
            % {"who": population.locked_by, "when": _in_words(population.locked_at)},
            locked,
            population,
            ("locked_at", "locked_by_id"),
        ),
        (
            (
                _("%(who)s set the seed on %(when)s, to digits of an event: %(event)s.")
                if by_event
                else _("%(who)s had the system make the seed on %(when)s.")
            )
            % seed,
            seeded,
            sample,
            ("seed_set_at", "seed_set_by_id", "seed_set_by_itself", "seed_origin", "seed_event"),
        ),
        (
            _("%(who)s drew the sample on %(when)s.") % {"who": sample.drawer, "when": _in_words(sample.drawn_at)},
            drawn,
            sample,
            ("drawn_at", "drawn_by_id", "drawn_by_itself"),
        ),
    ]
    for said, row, record, names in acts:
        is_so = row is not None and all(getattr(row, name) == getattr(record, name) for name in names)
        yield _proven("people", is_so, said, said + " " + _("The trail says something else, or nothing, of it."))


def _sealed(rows: list[tuple[Any, int]]) -> Statement:
    """Return whether the history rows stand as they were sealed."""
    states = [_as_sealed(model._meta.label_lower, history_id) for model, history_id in rows]
    if None in states:
        return Statement("lock", Verdict.NOT_PROVABLE, _("These rows of the trail are not sealed yet: they will be tonight."))
    return _proven(
        "lock",
        all(states),
        _("Both rows stand in the trail as they were sealed."),
        _("A row of the trail is not as it was sealed. Verify the whole trail."),
    )


def _as_sealed(label: str, history_id: int) -> bool | None:
    entry = SealedRow.objects.filter(model=label, history_id=history_id, weeded=False).select_related("seal").first()
    if entry is None:
        return None
    values = trail_tables()[label].read(list(entry.seal.contents[label]["columns"]), [history_id]).get(history_id)
    if values is None:
        return False
    return bool(canonical.row_hash(entry.salt, canonical.row_text(label, history_id, values)) == entry.hash)


def _record(sample: Sample, population: Population, items: list[SampleItem]) -> Iterator[Statement]:
    yield _proven(
        "record",
        hash_of(sample.record, items) == sample.record_sha256,
        _("The record is what its hash says: SHA-256 %(hash)s.") % {"hash": sample.record_sha256},
        _("The record does not match its hash."),
    )
    said = sample.record.get("population", {}).get("sha256"), sample.record.get("seed"), sample.record.get("size")
    yield _proven(
        "record",
        said == (sample.population_sha256, sample.seed, sample.size),
        _("The record's population, seed and size are those of the sample."),
        _("The record names another population, seed or size than the sample has."),
    )
    yield from _keys(sample, items)


def _keys(sample: Sample, items: list[SampleItem]) -> Iterator[Statement]:
    known = [item for item in items if item.salt]
    wrong = [item.position for item in known if not _belongs(sample, item)]
    if wrong:
        said = _("These items have another key or ticket than the record: %(numbers)s.")
        yield Statement("record", Verdict.CONTRADICTED, said % {"numbers": ", ".join(map(str, wrong))})
    elif known:
        said = ngettext(
            "The key and ticket of %(count)d item are those of the record.",
            "The keys and tickets of %(count)d items are those of the record.",
            len(known),
        )
        yield Statement("record", Verdict.PROVEN, said % {"count": len(known)})
    gone = len(items) - len(known)
    if gone:
        said = ngettext(
            "The key of %(count)d item was weeded as personal data. Its salted hash is kept: whoever has the record from "
            "before can still prove which item it was.",
            "The keys of %(count)d items were weeded as personal data. Their salted hashes are kept: whoever has the record "
            "from before can still prove which items they were.",
            gone,
        )
        yield Statement("record", Verdict.NOT_PROVABLE, said % {"count": gone})


def _belongs(sample: Sample, item: SampleItem) -> bool:
    return ticket(sample.seed, item.key) == item.ticket and leaf(item.salt, item.ticket, item.key) == item.leaf


def _as_the_trail_says(sample: Sample, population: Population) -> Iterator[Statement]:
    """Yield statements on whether sample and population stand, whole, as the sealed trail says: design, record, numbers."""
    right = {
        "record": _("The sample, with its design and record, stands as the trail says."),
        "population": _("What is stored of the population stands as the trail says."),
    }
    for about, held in (("record", hold_sample(sample)), ("population", hold_population(population))):
        yield from _held(about, held, right[about])


def _held(about: str, held: Held, right: str) -> Iterator[Statement]:
    for said in held.contradictions:
        yield Statement(about, Verdict.CONTRADICTED, said)
    if not held.contradictions:
        yield Statement(about, Verdict.PROVEN, right)
    if held.unsealed:
        yield Statement(about, Verdict.NOT_PROVABLE, waiting_in_words(held.unsealed))


def _outcomes(sample: Sample, items: list[SampleItem]) -> Iterator[Statement]:
    """Yield statements on whether each item is, whole, as its history says; changers of an outcome are named.

    What they had changed it from and to while the risk was confidential is left to the item's history: the statements are
    stored, and read by who may see such a risk only once it was opened.
    """
    held = hold_items(sample)
    yield from _held("outcomes", held, _("Every item is as the last row of its history says."))
    if held.contradictions:
        return
    histories: dict[int, list[Any]] = {}
    rows = SampleItem.history.filter(id__in=[item.pk for item in items]).order_by("history_id")
    for row in rows.values("id", "history_id", "outcome", "history_user_name", "history_date"):
        histories.setdefault(row["id"], []).append(row)
    labels = dict(SampleItem.Outcome.choices)
    changes_of = {
        item.pk: [row for before, row in pairwise(histories[item.pk]) if row["outcome"] != before["outcome"]] for item in items
    }
    numbers = [row["history_id"] for changes in changes_of.values() if len(changes) > 1 for row in changes]
    secret = written_in_confidence(SampleItem.history.model, numbers) if numbers else set()
    untold = _("while the risk was confidential")
    for item in items:
        changes = changes_of[item.pk]
        if len(changes) > 1:
            told = "; ".join(
                f"{untold if row['history_id'] in secret else labels[row['outcome']]} "
                f"({row['history_user_name']}, {_moment(row['history_date'])})"
                for row in changes
            )
            said = _("The outcome of item %(number)d was changed: %(changes)s.")
            yield Statement("outcomes", Verdict.PROVEN, said % {"number": item.position, "changes": told})


def _moment(moment: Any) -> str:
    """Return the moment to the thousandth: lock, seed and draw of a small population may share a second."""
    if moment is None:
        return "–"
    local = timezone.localtime(moment)
    return f"{formats.date_format(local, 'Y-m-d H:i:s')}.{local.microsecond // 1000:03}"


def _in_words(moment: Any) -> str:
    if moment is None:
        return "–"
    local = timezone.localtime(moment)
    day, hour = formats.date_format(local, "DATE_FORMAT"), formats.date_format(local, "H:i:s")
    return _("%(day)s at %(hour)s") % {"day": day, "hour": hour}


def is_contradicted(statements: Sequence[Statement]) -> bool:
    """Return whether any statement is contradicted."""
    return any(each.verdict == Verdict.CONTRADICTED for each in statements)
