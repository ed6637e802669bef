"""The fields a plan's table can hold, and the headings by which they are known. Pure but for translation."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from .closing_words import names_closing
from .text import plain

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class Field(StrEnum):
    NUMBER = "number"
    TITLE = "title"
    DESCRIPTION = "description"
    CATEGORY = "category"
    PROCESS = "process"
    UNIT = "unit"
    LIKELIHOOD = "likelihood"
    IMPACT = "impact"
    SCORE = "score"
    RESIDUAL = "residual"
    RESIDUAL_LIKELIHOOD = "residual_likelihood"
    RESIDUAL_IMPACT = "residual_impact"
    REASON = "reason"
    OWNER = "owner"
    CONTROL = "control"
    METHOD = "method"
    FREQUENCY = "frequency"
    PERFORMER = "performer"
    RESULT = "result"
    CONCLUSION = "conclusion"
    ACTION = "action"
    CONFIDENTIAL = "confidential"
    SECTION = "section"
    METHOD_WORDING = "method_wording"
    FREQUENCY_WORDING = "frequency_wording"
    TARGET = "target"
    FOLLOW_UP_UNIT = "follow_up_unit"
    PERFORMED_OTHERWISE = "performed_otherwise"
    CONCLUSION_WORDING = "conclusion_wording"
    CONCLUSION_REASON = "conclusion_reason"
    ACTION_KIND = "action_kind"
    RESPONSIBLE = "responsible"
    DUE = "due"
    DONE = "done"
    EFFECT = "effect"

    @property
    def label(self) -> _StrPromise:
        return _LABELS[self]


_LABELS = {
    Field.NUMBER: _("Number"),
    Field.TITLE: _("Risk"),
    Field.DESCRIPTION: _("Risk description"),
    Field.CATEGORY: _("Category"),
    Field.PROCESS: _("Process"),
    Field.UNIT: _("Unit"),
    Field.LIKELIHOOD: _("Likelihood"),
    Field.IMPACT: _("Impact"),
    Field.SCORE: _("Risk score"),
    Field.RESIDUAL: _("Risk score after controls"),
    Field.RESIDUAL_LIKELIHOOD: _("Likelihood after controls"),
    Field.RESIDUAL_IMPACT: _("Impact after controls"),
    Field.REASON: _("Reason"),
    Field.OWNER: _("Risk owner"),
    Field.CONTROL: _("Control"),
    Field.METHOD: _("Method"),
    Field.FREQUENCY: _("Frequency"),
    Field.PERFORMER: _("Performed by"),
    Field.RESULT: _("Result"),
    Field.CONCLUSION: _("Conclusion"),
    Field.ACTION: _("Action"),
    Field.CONFIDENTIAL: _("Confidential"),
    Field.SECTION: _("Section of the law"),
    Field.METHOD_WORDING: _("Method, as worded"),
    Field.FREQUENCY_WORDING: _("Frequency, as worded"),
    Field.TARGET: _("Acceptable level"),
    Field.FOLLOW_UP_UNIT: _("Followed up by"),
    Field.PERFORMED_OTHERWISE: _("Performed in another way"),
    Field.CONCLUSION_WORDING: _("Conclusion, as worded"),
    Field.CONCLUSION_REASON: _("Reason for the conclusion"),
    Field.ACTION_KIND: _("Kind of action"),
    Field.RESPONSIBLE: _("Responsible for the action"),
    Field.DUE: _("Due"),
    Field.DONE: _("Done"),
    Field.EFFECT: _("Effect"),
}

_LEFT_SV = ("kvarvarande", "kvarstående", "återstående", "resterande")
_AFTERWARDS_SV = ("efter kontroll", "efter kontroller", "efter åtgärd", "efter åtgärder", "efter kontrollåtgärder")
_AFTERWARDS_EN = ("after control", "after controls", "after action", "after actions", "after measures", "after mitigation")


def _after(*own: str, swedish: tuple[str, ...], english: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names for a value that describes the remaining risk: "kvarvarande risk", "risk (efter åtgärd)"."""
    made = [*own, *others]
    made += [f"{left} {word}" for word in swedish for left in _LEFT_SV] + [f"residual {word}" for word in english]
    for words, endings in ((swedish, _AFTERWARDS_SV), (english, _AFTERWARDS_EN)):
        made += [form for word in words for ending in endings for form in (f"{word} {ending}", f"{word} ({ending})")]
    return tuple(dict.fromkeys(made))


# The first Swedish and the first English heading are the product's own; the rest are what plans call it.
HEADINGS: dict[Field, tuple[str, ...]] = {
    Field.NUMBER: (
        "nr", "number", "no", "nummer", "id", "#", "ref", "risknr", "risk nr", "risknummer", "risk id", "riskid",
        "löpnr", "löpnummer", "rad", "rad nr", "kontroll nr", "risk no", "risk number",
    ),
    Field.TITLE: (
        "identifierad risk", "risk", "identified risk", "risker", "identifierade risker", "riskrubrik", "risktitel",
        "rubrik", "titel", "risknamn", "riskhändelse", "oönskad händelse", "händelse", "benämning", "riskmoment",
        "risk title", "title", "risk name", "risk event",
    ),
    Field.DESCRIPTION: (
        "riskbeskrivning", "risk description", "beskrivning", "beskrivning av risk", "beskrivning av risken",
        "risken innebär", "vad kan hända", "vad kan inträffa", "beskrivning av riskhändelse", "beskriv risken",
        "förklaring", "orsak", "orsak och konsekvens", "description", "what may happen",
    ),
    Field.CATEGORY: (
        "kategori", "category", "riskkategori", "riskområde", "område", "risktyp", "typ av risk", "perspektiv",
        "kontrollområde", "granskningsområde", "verksamhetsområde", "målområde", "risk category", "area", "risk area",
        "risk type",
    ),
    Field.PROCESS: (
        "process", "process/rutin", "rutin", "rutin/process", "processer", "delprocess", "verksamhetsprocess",
        "rutin/system", "system/rutin", "process/rutin/system", "process eller rutin", "process/routine", "routine",
    ),
    Field.UNIT: (
        "enhet", "unit", "förvaltning", "avdelning", "nämnd", "bolag", "verksamhet", "nämnd/bolag", "nämnd/styrelse",
        "förvaltning/avdelning", "organisation", "department", "committee",
    ),
    Field.LIKELIHOOD: (
        "sannolikhet", "likelihood", "s", "sannolikhetsvärde", "sannolikhetsgrad", "bedömd sannolikhet", "sanno",
        "sannolikhet s", "probability", "l", "p",
    ),
    Field.IMPACT: (
        "konsekvens", "impact", "väsentlighet", "k", "konsekvensvärde", "konsekvensgrad", "bedömd konsekvens",
        "allvarlighetsgrad", "konsekvens k", "väsentlighet/konsekvens", "konsekvens/väsentlighet", "påverkan",
        "consequence", "severity", "i", "c", "v",
    ),
    Field.SCORE: (
        "riskvärde", "risk score", "risktal", "riskpoäng", "riskindex", "riskpoängsumma", "rv", "rt", "r värde", "s x k", "sxk",
        "s*k", "s × k", "s x v", "sannolikhet x konsekvens", "sannolikhet*konsekvens", "riskvärde s x k", "riskbedömning",
        "riskklass", "risknivå", "riskgradering", "riskvärdering", "samlat riskvärde", "totalt riskvärde", "värde",
        "score", "risk value", "risk rating", "risk level",
    ),
    Field.RESIDUAL: _after(
        "riskvärde efter kontroller", "risk score after controls",
        swedish=("riskvärde", "risktal", "riskpoäng", "risknivå", "risk", "värde", "rv"), english=("risk score", "score", "risk"),
        others=("restrisk", "residualrisk", "nettorisk", "net risk"),
    ),
    Field.RESIDUAL_LIKELIHOOD: _after(
        "sannolikhet efter kontroller", "likelihood after controls",
        swedish=("sannolikhet", "sannolikhetsvärde", "s"), english=("likelihood", "probability"),
        others=("nettosannolikhet", "net likelihood"),
    ),
    Field.RESIDUAL_IMPACT: _after(
        "konsekvens efter kontroller", "impact after controls",
        swedish=("konsekvens", "konsekvensvärde", "väsentlighet", "k"), english=("impact", "consequence", "severity"),
        others=("nettokonsekvens", "net impact"),
    ),
    Field.REASON: (
        "motivering", "reason", "motivering till bedömning", "motivering av bedömning", "motivering till riskvärde",
        "motiv", "kommentar", "kommentarer", "anmärkning", "justification", "comment", "comments",
    ),
    Field.OWNER: (
        "riskägare", "risk owner", "riskansvarig", "ansvarig för risk", "ansvarig för risken", "ansvarig", "ansvarig chef",
        "ansvarig funktion", "ansvarig tjänsteperson", "ansvarig tjänsteman", "ansvarig roll", "ägare", "ansvar", "owner",
        "responsible",
    ),
    Field.CONTROL: (
        "kontrollmoment", "control", "uppföljning", "granskning", "kontroll", "kontroller", "kontrollåtgärd",
        "kontrollaktivitet", "kontrollpunkt", "kontrollmål", "granskningsmoment", "uppföljningsmoment", "kontrollbeskrivning",
        "beskrivning av kontroll", "beskrivning av kontrollmoment", "kontrollmoment/uppföljning", "uppföljning/kontroll",
        "kontroll/uppföljning", "uppföljning av risk", "hur följs risken upp", "vad ska kontrolleras", "vad kontrolleras",
        "vad ska granskas", "intern kontroll", "internkontroll", "planerad kontroll", "planerad uppföljning",
        "control activity", "follow up", "planned control", "controls",
    ),
    Field.METHOD: (
        "metod", "method", "kontrollmetod", "granskningsmetod", "uppföljningsmetod", "metod för kontroll",
        "metod för uppföljning",
        "tillvägagångssätt", "typ av kontroll", "hur", "hur sker kontrollen", "hur ska kontrollen ske", "genomförande",
        "control method",
    ),
    Field.FREQUENCY: (
        "frekvens", "frequency", "tidpunkt", "kontrollfrekvens", "när", "hur ofta", "intervall", "period", "periodicitet",
        "tidplan", "tid", "tidpunkt för kontroll", "tidpunkt för uppföljning", "när sker kontrollen", "frekvens/tidpunkt",
        "timing", "when", "interval",
    ),
    Field.PERFORMER: (
        "kontrollutförare", "performed by", "kontrollansvarig", "utförare", "utförs av", "utförd av", "granskare",
        "ansvarig för kontroll", "ansvarig för kontrollen", "ansvarig för kontrollmoment", "ansvarig för uppföljning",
        "ansvarig för uppföljningen", "ansvarig för granskning", "granskningsansvarig", "uppföljningsansvarig", "vem",
        "vem utför",
        "control owner", "performer", "who",
    ),
    Field.RESULT: (
        "resultat", "result", "utfall", "resultat av kontroll", "resultat av kontrollen", "resultat av uppföljning",
        "resultat av uppföljningen", "resultat av granskning", "resultat av granskningen", "iakttagelse", "iakttagelser",
        "genomförd kontroll", "genomförd uppföljning", "uppföljningsresultat", "kontrollresultat", "resultat/kommentar",
        "avvikelse", "avvikelser",
        "findings", "outcome",
    ),
    Field.CONCLUSION: (
        "bedömning", "conclusion", "status", "slutsats", "samlad bedömning", "bedömning/status", "bedömning av resultat",
        "assessment",
    ),
    Field.ACTION: (
        "åtgärd", "action", "åtgärder", "åtgärdsförslag", "förslag till åtgärd", "förslag till åtgärder", "förslag på åtgärder",
        "förslag på åtgärd", "planerad åtgärd", "planerade åtgärder", "beslutad åtgärd", "beslutade åtgärder",
        "vidtagna åtgärder",
        "vidtagen åtgärd", "åtgärd vid avvikelse", "actions", "measures", "measure",
    ),
    Field.RESPONSIBLE: (
        "ansvarig för åtgärden", "responsible for the action", "ansvarig för åtgärd", "ansvarig för åtgärder", "ansvarig åtgärd",
        "åtgärdsansvarig", "åtgärd ansvarig", "ansvar för åtgärd", "ansvar för åtgärden", "ansvarig för åtgärdens genomförande",
        "responsible for action", "action owner",
    ),
    Field.DUE: (
        "klart senast", "done by", "klar senast", "senast klar", "senast klart", "åtgärd klar senast", "åtgärden klar senast",
        "åtgärd klar", "åtgärdas senast", "ska vara klart", "ska vara klar", "klart datum", "klardatum", "slutdatum",
        "färdigdatum", "datum för åtgärd", "tidpunkt för åtgärd", "tidplan för åtgärd", "deadline", "due", "due date", "due by",
    ),
    Field.CONFIDENTIAL: (
        "sekretess", "confidential", "sekretessbelagd", "sekretessbelagt", "sekretessmarkerad", "sekretessmarkering",
        "sekretessklassad", "konfidentiell", "konfidentiellt", "konfidentialitet", "omfattas av sekretess", "sekretess ja/nej",
        "är sekretessbelagd", "sekretess enligt osl", "sekretess enligt", "osl", "hemlig",
        "confidentiality", "is confidential", "confidential under", "secrecy",
    ),
    Field.SECTION: (
        "lagrum", "section of the law", "lagrum för sekretess", "lagrum sekretess", "sekretess lagrum", "sekretessgrund",
        "sekretessbestämmelse", "sekretessparagraf", "grund för sekretess",
        "ground for confidentiality",
    ),
}  # fmt: skip

# What a heading means when its first meaning is taken by a column that says it better.
OTHERWISE = {
    "ansvarig": Field.PERFORMER,
    "ansvarig chef": Field.PERFORMER,
    "ansvarig funktion": Field.PERFORMER,
    "ansvarig tjänsteperson": Field.PERFORMER,
    "ansvarig tjänsteman": Field.PERFORMER,
    "ansvarig roll": Field.PERFORMER,
    "ansvar": Field.PERFORMER,
    "uppföljning": Field.RESULT,
    "granskning": Field.METHOD,
    "risk": Field.DESCRIPTION,
    "risker": Field.DESCRIPTION,
}

_SLASH = re.compile(r"\s*/\s*")
_PARENTHESIS = re.compile(r"\s*[(\[][^)\]]*[)\]]")
_SCALE = re.compile(r"\s*\b(?:19|20)\d\d\b|\s*\d\s*[-–]\s*\d\s*$|\s+\d$")
YEAR = re.compile(r"\b(?:19|20)\d\d\b")
LONGEST_HEADING = 200
_EDGES = " .:;,*-–?!"


def normalise_heading(text: str) -> str:
    """Return the key by which a heading is recognised and a mapping made by hand is remembered.

    A text too long to be a heading is cut first.
    """
    text = text[:LONGEST_HEADING]
    if not text.isascii() or "\n" in text:
        text = plain(text)
    key = text.casefold().replace("_", " ").replace("-", " ").replace("–", " ")
    if "/" in key:
        key = _SLASH.sub("/", key)
    return " ".join(key.split()).strip(_EDGES)


def bare_heading(text: str) -> str:
    """Return the heading's key without what plans add to it: a scale, a year, a parenthesis."""
    key = normalise_heading(text)
    if not any(character in "([" or character.isdigit() for character in key):
        return key
    key = _PARENTHESIS.sub("", key)
    key = _SCALE.sub("", key)
    return " ".join(key.split()).strip(_EDGES)


FIELD_OF = {normalise_heading(heading): field for field, headings in HEADINGS.items() for heading in headings}
OWN_HEADINGS = frozenset(normalise_heading(heading) for headings in HEADINGS.values() for heading in headings[:2])
_AFTERWARDS = frozenset(map(normalise_heading, (*_AFTERWARDS_SV, *_AFTERWARDS_EN)))


OF_A_CLOSING = frozenset({Field.RESULT, Field.CONCLUSION, Field.ACTION, Field.RESPONSIBLE, Field.DUE})
"""What is said anew at each closing."""
_UNDER_ACTION = {
    **dict.fromkeys(("vad", "beskrivning", "text", "what", "description"), "Åtgärd"),
    **dict.fromkeys(("ansvarig", "ansvar", "vem", "responsible", "who"), "Ansvarig för åtgärden"),
    **dict.fromkeys(("klart", "klar", "när", "datum", "tidpunkt", "senast", "when", "date"), "Klart senast"),
}
"""What the columns below a wide heading of actions mean."""
_WHO_BELOW = ("ansvarig", "ansvar", "vem", "vem utför", "utförare", "responsible", "who", "owner")
_UNDER_CONTROL = {
    **dict.fromkeys(("vad", "moment", "kontrollmoment", "what"), "Kontrollmoment"),
    **dict.fromkeys(_WHO_BELOW, "Kontrollansvarig"),
}
_CONTROL_IN_WORDS = dict.fromkeys(("beskrivning", "text", "description"), "Kontrollmoment")
"""Below "Kontroll", but not below "Uppföljning", where a description may be of what was found."""
_UNDER_RISK = {
    **dict.fromkeys(("vad", "what"), "Risk"),
    **dict.fromkeys(("ansvarig", "ansvar", "ägare", "vem", "responsible", "owner", "who"), "Riskägare"),
}


def is_year(text: str) -> bool:
    """Return whether the text is a year and nothing more."""
    return bool(YEAR.fullmatch(text.strip(_EDGES)))


def under_wide(heading: str, wide: str) -> str:
    """Combine a heading with the wide one above it where the two mean a field together.

    "Vem" under "Åtgärd" gives who is responsible for it, under "Kontroll" who performs it; "Resultat" under "Delårsbokslut"
    gives "Resultat Delårsbokslut"; "S" under "Efter åtgärd" gives "S efter åtgärd", under "2024" it gives "S 2024", and "2024"
    under "Riskvärde" gives "Riskvärde 2024"; otherwise the heading is returned as it is.
    """
    year = YEAR.search(wide)
    if year and not YEAR.search(heading):
        return f"{under_wide(heading, wide.replace(year[0], ''))} {year[0]}"
    if is_year(heading) and wide:
        return f"{wide} {heading}"
    key = bare_heading(wide)
    if names_closing(normalise_heading(wide)) and FIELD_OF.get(bare_heading(heading)) in OF_A_CLOSING:
        return f"{heading} {wide}"
    if FIELD_OF.get(key) is Field.ACTION:
        return _UNDER_ACTION.get(normalise_heading(heading), heading)
    if FIELD_OF.get(key) is Field.CONTROL:
        meant = _UNDER_CONTROL if key in ("uppföljning", "follow up") else _UNDER_CONTROL | _CONTROL_IN_WORDS
        return meant.get(normalise_heading(heading), heading)
    if FIELD_OF.get(key) is Field.TITLE:
        return _UNDER_RISK.get(normalise_heading(heading), heading)
    if key not in _AFTERWARDS and FIELD_OF.get(key) is not Field.RESIDUAL:
        return heading
    together = (f"{heading} {ending}" for ending in (wide, _AFTERWARDS_SV[0], _AFTERWARDS_EN[1]))
    return next((one for one in together if normalise_heading(one) in FIELD_OF), heading)
