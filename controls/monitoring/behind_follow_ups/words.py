"""What watched rules gave in a period, in words: facts, verdict, suggested conclusion, what is missing, draft of the result."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from controls.models import Alert, Conclusion, Inquiry
from controls.monitoring.behind_follow_ups.period import NO_SNAPSHOT, NOT_RUN, Switched, Unwatched, Watching
from controls.monitoring.watching.words import rule_label
from riskreg.numbers import number_text

RULES_NAMED = 3
"""So many rules are named; of more, their number is."""

_State, _Outcome = Alert.State, Inquiry.Outcome
_SUBJECTS: dict[str, Callable[[int], str]] = {
    "suppliers": lambda count: ngettext("%(count)s supplier", "%(count)s suppliers", count),
    "ledger": lambda count: ngettext("%(count)s row of the ledger", "%(count)s rows of the ledger", count),
    "companies": lambda count: ngettext("%(count)s company", "%(count)s companies", count),
    "watched": lambda count: ngettext("%(count)s watched company", "%(count)s watched companies", count),
    "agreements": lambda count: ngettext("%(count)s agreement", "%(count)s agreements", count),
    "systems": lambda count: ngettext("%(count)s system", "%(count)s systems", count),
    "operations": lambda count: ngettext("%(count)s operation", "%(count)s operations", count),
    "bank_accounts": lambda count: ngettext("%(count)s bank account", "%(count)s bank accounts", count),
    "own": lambda count: ngettext("%(count)s row", "%(count)s rows", count),
}
_STATES: dict[str, Callable[[int], str]] = {
    _State.CONFIRMED: lambda count: ngettext("%(count)s confirmed", "%(count)s confirmed", count),
    _State.EXPLAINED: lambda count: ngettext("%(count)s explained", "%(count)s explained", count),
    _State.FALSE_ALARM: lambda count: ngettext("%(count)s false alarm", "%(count)s false alarms", count),
    _State.EXCLUDED: lambda count: ngettext("%(count)s excluded", "%(count)s excluded", count),
    _State.ASLEEP: lambda count: ngettext("%(count)s asleep", "%(count)s asleep", count),
    "open": lambda count: ngettext("%(count)s open", "%(count)s open", count),
}


def _counted(words: Callable[[int], str], count: int) -> str:
    return words(count) % {"count": number_text(count)}


def _together(parts: list[str]) -> str:
    """Join as a sentence does: a, b and c."""
    if len(parts) < 2:
        return "".join(parts)
    return _("%(first)s and %(last)s") % {"first": ", ".join(parts[:-1]), "last": parts[-1]}


def _by_state(seen: Watching) -> dict[str, int]:
    """Return the number of alerts by what became of them, those that are open together; only what there is."""
    numbers = dict.fromkeys(_STATES, 0)
    for state, number in seen.states.items():
        numbers["open" if state in Alert.OPEN_STATES else state] += number
    return {state: number for state, number in numbers.items() if number}


def alerts_sentence(seen: Watching) -> str:
    """Return the alerts of the period by what became of them: “14 alerts: 2 confirmed, 11 explained, 1 open”."""
    if not seen.total:
        return _("no alerts")
    said = ngettext("%(count)s alert", "%(count)s alerts", seen.total) % {"count": number_text(seen.total)}
    return said + ": " + ", ".join(_counted(_STATES[state], number) for state, number in _by_state(seen).items())


def watched_words(seen: Watching) -> str:
    """Return what was watched: “1,204 suppliers and 31 systems”."""
    return _together([_counted(_SUBJECTS[kind], rows) for kind, rows in seen.watched.items()])


def snapshots_words(seen: Watching) -> str:
    """Return the number of snapshots."""
    count = len(seen.days)
    return ngettext("%(count)s snapshot", "%(count)s snapshots", count) % {"count": number_text(count)}


def _day(text: str) -> str:
    return formats.date_format(date.fromisoformat(text), "DATE_FORMAT")


def _named(codes: tuple[str, ...]) -> str:
    """Return the names of the first rules, and the number of the others."""
    named = ", ".join(_("“%(rule)s”") % {"rule": rule_label(code)} for code in codes[:RULES_NAMED])
    more = len(codes) - RULES_NAMED
    if more > 0:
        named += " " + ngettext("and %(more)s more rule", "and %(more)s more rules", more) % {"more": number_text(more)}
    return named


def switched_words(one: Switched) -> str:
    """Return which rules were switched on or off in the middle of the period, as a sentence."""
    said = {"rules": _named(one.rules), "day": _day(one.day)}
    return (_("Switched on %(day)s: %(rules)s.") if one.is_on else _("Switched off %(day)s: %(rules)s.")) % said


def unchanged_words(seen: Watching) -> str:
    """Return on how many days a register was found to be unchanged, and the last of them."""
    count = len(seen.unchanged)
    words = ngettext("on %(count)s day, %(day)s", "on %(count)s days, the last time %(day)s", count)
    return words % {"count": number_text(count), "day": _day(seen.unchanged[-1])}


def not_watched_words(one: Unwatched) -> str:
    """Return which rules were not watched, and why."""
    said = {"rules": _named(one.rules), "register": one.register, "day": _day(one.day) if one.day else ""}
    if one.reason == NO_SNAPSHOT:
        return _("Not watched: %(rules)s. The register %(register)s has no snapshot in the period.") % said
    if one.reason == NOT_RUN:
        return _("Not watched: %(rules)s. It was not run on any snapshot of the period.") % said
    return _("Not watched after %(day)s: %(rules)s. What came later was not looked through.") % said


def missing(seen: Watching) -> list[str]:
    """Return what is left to do: alerts that nobody has concluded, rules that were not watched."""
    left = []
    asleep = seen.states.get(_State.ASLEEP, 0)
    if open_ones := seen.left - asleep:
        words = ngettext("%(count)s alert is not concluded yet.", "%(count)s alerts are not concluded yet.", open_ones)
        left.append(words % {"count": number_text(open_ones)})
    if asleep:
        words = ngettext("%(count)s alert is asleep.", "%(count)s alerts are asleep.", asleep)
        left.append(words % {"count": number_text(asleep)})
    return [*left, *(not_watched_words(one) for one in seen.unwatched)]


def suggested(seen: Watching) -> Conclusion:
    """Return the conclusion that it suggests: ongoing while something is left, and none found only where all was watched."""
    if seen.left:
        return Conclusion.ONGOING
    if seen.confirmed:
        return Conclusion.MINOR_DEVIATIONS
    if seen.not_watched == seen.rules and not seen.days:
        return Conclusion.COULD_NOT_BE_PERFORMED
    return Conclusion.ONGOING if seen.unwatched else Conclusion.NO_DEVIATIONS


def verdict(seen: Watching) -> tuple[str, str]:
    """Return a few words, and the sentence behind them."""
    told = alerts_sentence(seen)
    whole = {"alerts": told[:1].upper() + told[1:]}
    if suggested(seen) == Conclusion.COULD_NOT_BE_PERFORMED:
        return _("Not watched."), _("None of the rules was run on a snapshot of the period: nothing is known.")
    if seen.left:
        return _("Not concluded yet."), _("%(alerts)s. A conclusion is suggested when each is concluded.") % whole
    if seen.confirmed:
        return _("Deviations are confirmed."), _("%(alerts)s. How grave they are is for you to say.") % whole
    if seen.unwatched:
        return _("Not all was watched."), _("%(alerts)s, where it was watched. Of the rest nothing is known.") % whole
    if seen.total:
        return _("No alert was confirmed."), _("%(alerts)s. All rules were watched to the end of the period.") % whole
    return _("No alerts."), _("All rules were watched to the end of the period, and told nothing.")


def facts(seen: Watching) -> list[tuple[str, str]]:
    """Return (label, value) of what was watched and what came in."""
    rules = number_text(seen.rules)
    if seen.not_watched:
        rules = _("%(rules)s, of which %(not)s not watched to the end") % {"rules": rules, "not": number_text(seen.not_watched)}
    found = [
        (_("Period"), f"{_day_of(seen.since, 1)} – {_day_of(seen.until)}"),
        (_("Watched rules"), rules),
        (_("Watched"), watched_words(seen) or _("Nothing")),
        (_("Snapshots"), ", ".join(filter(None, (snapshots_words(seen), _from_to(seen.days))))),
        (_("Alerts"), alerts_sentence(seen)),
    ]
    if seen.unchanged:
        found.insert(-1, (_("Found unchanged"), unchanged_words(seen)))
    if seen.switched:
        found.append((_("Not watched the whole period"), " ".join(switched_words(one) for one in seen.switched)))
    if seen.inquiries:
        found.append((_("Inquiries"), inquiries_words(seen)))
    if seen.stood:
        found.append((_("Open since before the period"), number_text(seen.stood)))
    return found


def inquiries_words(seen: Watching) -> str:
    """Return how many questions were put about the alerts, and what came of them."""
    labels: dict[str, str] = {"": _("waits for an answer"), **{code: str(label).lower() for code, label in _Outcome.choices}}
    parts = [f"{number_text(seen.inquiries[code])} {labels[code]}" for code in labels if code in seen.inquiries]
    return f"{number_text(sum(seen.inquiries.values()))}: {', '.join(parts)}"


def _from_to(days: tuple[str, ...]) -> str:
    """Return the first and the last of the days; one day once, and nothing where there is none."""
    return " – ".join(dict.fromkeys(_day(day) for day in (*days[:1], *days[-1:])))


def _day_of(day: date, later: int = 0) -> str:
    return formats.date_format(date.fromordinal(day.toordinal() + later), "DATE_FORMAT")


def draft(seen: Watching) -> str:
    """Return the result as a text to edit."""
    alerts = alerts_sentence(seen)
    if not seen.days:
        return " ".join([_("Nothing was watched in the period."), *(not_watched_words(one) for one in seen.unwatched)])
    said = {"watched": watched_words(seen), "snapshots": snapshots_words(seen), "alerts": alerts}
    text = ngettext(
        "%(watched)s were watched in %(snapshots)s, by %(rules)s rule; %(alerts)s.",
        "%(watched)s were watched in %(snapshots)s, by %(rules)s rules; %(alerts)s.",
        seen.rules,
    )
    sentences = [text % {**said, "rules": number_text(seen.rules)}]
    if seen.unchanged:
        sentences.append(_("The register was found unchanged %(when)s.") % {"when": unchanged_words(seen)})
    sentences += [switched_words(one) for one in seen.switched]
    return " ".join([*sentences, *(not_watched_words(one) for one in seen.unwatched)])
