"""The municipality's own lists: its systems and its operations with their continuity plans, as each month has them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from controls.demo.people import CARE_OFFICE, SCHOOL_OFFICE
from controls.demo.watching.town import MONTHS, OFFICES

DECEMBER = MONTHS[-1]


@dataclass(frozen=True, slots=True)
class System:
    """A system of the municipality. `cost_before` is its yearly cost in the months before the latest."""

    name: str
    purpose: str
    owner: str
    supplier: str
    cost: int
    cost_before: int = 0


SYSTEMS = (
    System("Raindal Ekonomi", "Redovisning, reskontra och betalningar", "Ekonomichefen", "Raindal Software AB", 1_420_000),
    System("Personec Nova", "Löner, frånvaro och anställningar", "HR-chefen", "Nova Lönesystem AB", 1_180_000),
    System("Diarium W3", "Diarieföring och ärenden", "Kanslichefen", "Formgivet Dokument AB", 390_000),
    System("Möteskollen", "Nämndernas möten och protokoll", "Kanslichefen", "Formgivet Dokument AB", 86_000),
    System("Unikum Lärande", "Elevers omdömen och utveckling", "Skolchefen", "Lärstigen AB", 310_000),
    System("Frånvarolinjen", "Anmälan av elevers frånvaro", "Skolchefen", "Lärstigen AB", 94_000),
    System("Schemia", "Scheman i grundskolan", "Skolchefen", "Nova Skola AB", 168_000),
    System("Lifecare Hemvård", "Journaler och insatser i hemtjänsten", "Socialt ansvarig samordnare", "Vårdwebb AB", 905_000),
    System("TES Planering", "Planering av hemtjänstens besök", "Äldreomsorgschefen", "Vårdwebb AB", 214_000),
    System("Larmvakt", "Trygghetslarm i ordinärt boende", "Äldreomsorgschefen", "Tunstad Larm AB", 460_000, 372_000),
    System("ByggR Bygglov", "Handläggning av bygglov", "Bygglovschefen", "Sokigo Samhälle AB", 275_000),
    System("Kartportalen", "Kartor och geografiska data", "Samhällsbyggnadschefen", "Sokigo Samhälle AB", 188_000),
    System("Fastighetsbok DeDU", "Felanmälan och skötsel av fastigheter", "Fastighetschefen", "Dedikerat AB", 240_000),
    System("Vattenvakt SCADA", "Övervakning av vattenverk", "VA-chefen", "Styrpunkten AB", 330_000),
    System("Boka lokal", "Bokning av idrottshallar och möteslokaler", "Kultur- och fritidschefen", "Rbok i Väst AB", 72_000),
    System("Rumsbokaren", "Bokning av möteslokaler och idrottshallar", "", "Kalendria AB", 58_000),
    System("BOOK-IT Biblioteket", "Lån och katalog i biblioteken", "Bibliotekschefen", "Axiell Väst AB", 145_000),
    System("Kontaktcenter One", "Telefoni och ärenden i kontaktcenter", "Kommunikationschefen", "Telavox Väst AB", 296_000),
    System("Sitevision Webb", "Kommunens webbplats och intranät", "Kommunikationschefen", "Sitebyrån AB", 205_000),
    System("Proceedo Inköp", "Beställningar mot avtal", "Upphandlingschefen", "Visning Inköp AB", 365_000),
    System("Mercell Annons", "Annonsering av upphandlingar", "Upphandlingschefen", "Mercent AB", 118_000),
    System("Stratagem Mål", "Mål, nyckeltal och rapporter till nämnder", "Ekonomichefen", "Stratagem AB", 228_000),
    System("AD Identitet", "Konton och behörigheter", "IT-chefen", "Molnhuset AB", 410_000),
    System("Säkerkopia", "Säkerhetskopiering av servrar", "IT-chefen", "Molnhuset AB", 176_000),
)
SYSTEMS_TRUTH = {
    "system_purposes_alike": ["Boka lokal"],
    "system_without_owner": ["Rumsbokaren"],
    "system_cost_up": ["Larmvakt"],
}

_KINDS = ("Förskolan", "Skolan", "Äldreboendet", "Gruppbostaden", "Köket", "Hemtjänsten", "Biblioteket")
_AT = ("Stadsskogen", "Noltorp", "Ängabo", "Sollebrunn", "Ingared", "Hemsjö", "Långared", "Bjärke", "Gräfsnäs", "Östlyckan", "Lo")


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation that is to have a continuity plan."""

    name: str
    office: str
    has_plan: bool | None
    plan_day: date | None
    responsible: str


def operations(month: date) -> list[Operation]:
    """Return the operations as the list had them at the month's end."""
    offices = (SCHOOL_OFFICE, SCHOOL_OFFICE, CARE_OFFICE, CARE_OFFICE, OFFICES[3], CARE_OFFICE, OFFICES[4])
    made = []
    for place in range(len(_KINDS) * len(_AT)):
        kind, at = place % len(_KINDS), _AT[place // len(_KINDS)]
        one = Operation(f"{_KINDS[kind]} {at}", offices[kind], True, date(2024, 3, 2 + place % 27), "Enhetschefen")
        # The plan of one was written in December: what is told of it before is put right then.
        is_late = month < DECEMBER and one.name == "Förskolan Lo"
        changes = {"has_plan": False, "plan_day": None} if is_late else _CHANGES.get(one.name, {})
        made.append(replace(one, **changes))
    return made


_CHANGES: dict[str, dict[str, Any]] = {
    "Hemtjänsten Lo": {"has_plan": False, "plan_day": None},
    "Köket Gräfsnäs": {"has_plan": False, "plan_day": None},
    "Äldreboendet Bjärke": {"plan_day": date(2022, 5, 18)},
    "Skolan Hemsjö": {"plan_day": date(2023, 2, 7)},
    "Gruppbostaden Östlyckan": {"plan_day": None},
    "Biblioteket Ingared": {"responsible": ""},
}
OPERATIONS_TRUTH = {
    "plan_missing": ["Hemtjänsten Lo", "Köket Gräfsnäs"],
    "plan_old": ["Äldreboendet Bjärke", "Skolan Hemsjö"],
    "plan_undated": ["Gruppbostaden Östlyckan"],
    "operation_without_responsible": ["Biblioteket Ingared"],
}
