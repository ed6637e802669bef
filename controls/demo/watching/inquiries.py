"""The demonstration's inquiries: one that was answered, one whose answer is late, one that waits, and one of criminal records."""

from __future__ import annotations

from datetime import date

from django.core.files.uploadedfile import SimpleUploadedFile

from controls.demo.watching.follow_ups import RULES_OF_FOLLOW_UPS
from controls.models import Alert, Inquiry
from controls.monitoring.inquiries.verbs import Asked, ask_about_alert, ask_about_company, conclude
from riskreg import clock
from riskreg.models import Unit, User

_ANSWERED_ON = date(2026, 1, 5)
_ANSWER = (
    "Skatteverket, Skatteupplysningen\n\n"
    "Ert ärende: fråga om F-skatt, moms och arbetsgivarregistrering.\n"
    "Bolaget är godkänt för F-skatt och registrerat för moms och som arbetsgivare. Uppgiften gäller svarsdagen.\n"
)
_Kind, _Of, _Outcome = Inquiry.Kind, Inquiry.AskedOf, Inquiry.Outcome


def ask(unit: Unit, *, by: User) -> None:
    """Record the questions about suppliers that have an alert, before the alerts are concluded."""
    with clock.at(_ANSWERED_ON):
        _answered(by=by)
        others = Alert.objects.open().exclude(identity="").exclude(watch__rule__in=RULES_OF_FOLLOW_UPS)
        late, waiting = others.order_by("subject", "pk")[:2]
        asked = Asked(
            _Kind.PAYMENT,
            _Of.COMPANY,
            asked_on=date(2025, 12, 19),
            due_on=date(2026, 1, 9),
            asked_name="Ekonomiavdelningen",
            question="Vilken leverans gäller fakturan, och vem beställde den? Frågat med e-post.",
        )
        ask_about_alert(late, by=by, asked=asked)
        asked = Asked(
            _Kind.DEBTS,
            _Of.ENFORCEMENT,
            asked_on=_ANSWERED_ON,
            due_on=date(2026, 1, 19),
            question="Finns skulder för indrivning? Frågat med e-post till kundservice.",
        )
        ask_about_alert(waiting, by=by, asked=asked)
        asked = Asked(_Kind.CRIMINAL, _Of.COMPANY, asked_on=date(2025, 12, 15), due_on=date(2025, 12, 29))
        extract = ask_about_company(unit, by=by, identity=late.identity, about=str(late), asked=asked)
        conclude(extract, by=by, outcome=_Outcome.IN_ORDER, answered_on=date(2025, 12, 22))


def _answered(*, by: User) -> None:
    """Record what the Tax Agency answered about the supplier without F-tax: it is why the alert is explained."""
    alert = Alert.objects.filter(watch__rule="no_f_tax", state__in=Alert.OPEN_STATES).order_by("subject", "pk").first()
    if alert is None:
        return
    asked = Asked(
        _Kind.TAX,
        _Of.TAX_AGENCY,
        asked_on=date(2025, 12, 29),
        due_on=date(2026, 1, 9),
        asked_name="Skatteupplysningen",
        question="Är bolaget godkänt för F-skatt? Frågat med e-post.",
    )
    answer = SimpleUploadedFile("svar-skatteverket.txt", _ANSWER.encode(), "text/plain")
    conclude(
        ask_about_alert(alert, by=by, asked=asked),
        by=by,
        outcome=_Outcome.IN_ORDER,
        answered_on=_ANSWERED_ON,
        note="Godkänd för F-skatt, registrerad för moms och som arbetsgivare.",
        evidence=[answer],
    )
