"""The demonstration's follow-ups that watched rules back: suppliers, systems bought twice, purchases outside agreements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from controls.models import Alert, Control, Watch
from controls.monitoring.behind_follow_ups.choosing import choose_watches
from controls.monitoring.watching import alerts
from riskreg import clock
from riskreg.models import ControlPlan, User

CHOSEN_ON, WEIGHED_ON = date(2025, 11, 4), date(2026, 1, 7)
WHY = "Följs upp av automatisk bevakning, enligt åtgärden i delårsbokslutet 2025."


@dataclass(frozen=True, slots=True)
class Chosen:
    """The rules that follow up the control of a risk, and how their alerts are concluded."""

    risk: str
    rules: tuple[str, ...]
    explained: str
    """Why what is not confirmed is explained; empty: it is left open."""
    confirmed: str = ""
    """Why the first alert of the first rule is confirmed."""
    by_rule: Mapping[str, str] = field(default_factory=dict)


CHOICES = (
    Chosen(
        "Välfärdsbrottslighet",
        ("rating_fell", "rating_low", "owner_changed", "board_changed", "several_changed", "new_remarks", "new_debt", "no_f_tax"),
        "Upphandlingsenheten har prövat leverantören på nytt mot avtalets krav: de är uppfyllda.",
        by_rule={
            "no_f_tax": "Skatteverket svarade den 5 januari 2026: leverantören är godkänd för F-skatt. Registret är rättat.",
            "rating_fell": "Nytt kreditbetyg inhämtat: över avtalets krav. Avstämning med leverantören är bokad i april.",
        },
    ),
    Chosen(
        "Avsaknad av helhetstänk vid införskaffande av system",
        ("system_names_alike", "system_purposes_alike", "system_cost_up", "system_without_owner"),
        "",
        confirmed="Två förvaltningar har köpt snarlika system var för sig. Avveckling av det ena utreds.",
    ),
    Chosen(
        "Ramavtal följs inte",
        ("off_contract", "expired_agreement", "above_ceiling"),
        "Inköpet är förenligt med avtalet eller beslutat av nämnden; underlaget finns i upphandlingsakten.",
        confirmed="Köpt vid sidan av gällande ramavtal, utan beslut. Beställaren är informerad.",
    ),
)
RULES_OF_FOLLOW_UPS = frozenset(rule for chosen in CHOICES for rule in chosen.rules)


def follow_up_by_watching(plan: ControlPlan, *, by: User) -> None:
    """Choose watched rules for three of the plan's controls, and conclude what these rules told."""
    for chosen in CHOICES:
        control = Control.objects.get(risk__plan=plan, risk__title=chosen.risk)
        watches = Watch.objects.filter(rule__in=chosen.rules)
        with clock.at(CHOSEN_ON):
            choose_watches(control, watches, by=by, reason=WHY)
        with clock.at(WEIGHED_ON):
            _conclude(chosen, by=by)


def _conclude(chosen: Chosen, *, by: User) -> None:
    left = Alert.objects.filter(watch__rule__in=chosen.rules, state__in=[*Alert.OPEN_STATES, Alert.State.ASLEEP])
    found = sorted(left.select_related("watch"), key=lambda one: (chosen.rules.index(one.watch.rule), one.subject, one.pk))
    for number, alert in enumerate(found):
        if number == 0 and chosen.confirmed:
            alerts.confirm(alert, by=by, reason=chosen.confirmed)
        elif chosen.explained:
            alerts.explain(alert, by=by, reason=chosen.by_rule.get(alert.watch.rule, chosen.explained))
