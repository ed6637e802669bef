"""Recognition of words that mean a method, a frequency or a conclusion. Pure.

The codes are those of the domain's models. Every function gives None when nothing fits: a suggestion is better
absent than wrong.
"""

from __future__ import annotations

import colorsys
import re

METHODS = ("sampling", "register_monitoring", "reconciliation", "survey", "indicator", "review", "interview", "other")
FREQUENCIES = ("weekly", "monthly", "quarterly", "tertial", "half_yearly", "yearly", "at_closing")
CONCLUSIONS = ("no_deviations", "minor_deviations", "significant_deviations", "ongoing", "could_not_be_performed")


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


# A method that says how something is found out; the one named first is meant. No pattern begins with any number of
# letters: on a text without blanks such a search starts again at each of them.
_METHODS = {
    "sampling": _words(r"stickprov\w*|slumpmässig\w*|slumpvis\w*|\bsampl(?:e|es|ing)\b|\bspot[ -]checks?\b|\burval(?:et)?\b"),
    "register_monitoring": _words(
        r"registerkontroll\w*|registerslagning\w*|registerutdrag\w*|register(?:bevakning|övervakning)\w*|kreditupplysning\w*"
        r"|\b(?:kontroll|sökning|slagning)\w* (?:mot|i) (?:\w+ )?register\b|\bregister (?:check|monitoring)\b"
    ),
    "reconciliation": _words(r"avstäm\w*|\bstäms? av\b|\bstämma av\b|\breconcil\w+|\bsamkör\w+"),
    "survey": _words(r"enkät\w*|(?:brukar|medarbetar|kund|elev|nöjdhets)undersökning\w*|\bsurveys?\b|\bquestionnaires?\b"),
    "indicator": _words(
        r"nyckeltal\w*|\bindikator\w*|\bmätetal\w*|\bmätning\w*|\bstatistik\w*|\bkpi(?:s|er)?\b|\bindicators?\b"
        r"|\butveckling(?:en)? (?:av|för|i|över)\b(?:\W+\w+){0,3}\W+\w*(?:kostnad|antal|andel|frånvaro|volym)\w*"
    ),
    "interview": _words(r"intervju\w*|\binterviews?\b|\bsamtal med\b"),
}
# Words for looking at something, in whatever way: they count when no way is named.
_REVIEW = _words(
    r"gransk(?:a|as|ar|ning)\w*|\bgenomgång\w*|\bgå(?:s)? igenom\b|\begenkontroll\w*|\bdokumentstudie\w*|\binspektion\w*"
    r"|\buppföljning(?:en|ar)?\b|\bföljs? upp\b|\breview(?:s|ing)?\b|\baudit\w*|\binspection\w*|\bwalk-?through\b|\bfollow-?up\b"
)
_OTHER = _words(r"^\W*(?:annan|annat|andra|övrig\w*|other)\b")


def recognise_method(text: str) -> str | None:
    """Return the code of the method that is named first in the text."""
    found = [(match.start(), code) for code, pattern in _METHODS.items() if (match := pattern.search(text))]
    if found:
        return min(found)[1]
    if _REVIEW.search(text):
        return "review"
    return "other" if _OTHER.search(text) else None


_BETWEEN_METHODS = re.compile(r"\s*(?:[+&/,;\n]|\b(?:och|samt|and)\b)\s*", re.IGNORECASE)


def methods_listed(text: str) -> list[str]:
    """Return the codes of the methods of a text that lists several ("Intervju + stickprov"); [] for any other text.

    A review is no method beside another one: that one says how it is done.
    """
    codes = dict.fromkeys(recognise_method(part) for part in _BETWEEN_METHODS.split(text) if part)
    named = [code for code in codes if code not in (None, "review")]
    return [code for code in named if code] if len(named) > 1 and None not in codes else []


_PER_YEAR = _words(
    r"(\d{1,2}|en|ett|två|tre|fyra|tolv|once|twice)\s*(?:x|ggr|gånger|gång|times?|st)?\s*(?:/|per|om|a|varje)\s*(?:år|året|year)\b"
    r"|\b(once|twice) (?:a|per) year\b"
)
_TIMES = {"1": 1, "en": 1, "ett": 1, "once": 1, "2": 2, "två": 2, "twice": 2, "3": 3, "tre": 3, "4": 4, "fyra": 4, "12": 12,
          "tolv": 12, "52": 52}  # fmt: skip
_BY_TIMES = {1: "yearly", 2: "half_yearly", 3: "tertial", 4: "quarterly", 12: "monthly", 52: "weekly"}
_UNCODED = _words(r"\bvar(?:annan|t annat|tannat|je annan|je annat)\b|\bevery (?:other|second)\b|\bbiennial\w*|\bper dag\b")
_FREQUENCIES = (
    ("weekly", _words(r"\bveckovis\w*|\bvecka\b|\bweekly\b|\bevery week\b")),
    ("monthly", _words(r"\bmånads(?:vis|uppföljning)\w*|\bmånatlig\w*|\bmånad\b|\bmonthly\b|\bevery month\b")),
    ("quarterly", _words(r"\bkvartal\w*|\bquarterly\b|\bevery quarter\b")),
    ("tertial", _words(r"\btertial\w*")),
    ("half_yearly", _words(r"\bhalvår\w*|\bhalf[ -]year\w*|\bsemi-?annual\w*|\bbiannual\w*")),
    ("yearly", _words(r"\bårlig\w*|\bårsvis\w*|\bhelår\w*|\bvarje år\b|\bper år\b|\byearly\b|\bannual\w*|\bevery year\b")),
    ("at_closing", _words(r"bokslut\w*|\bdelår\w*|\bårsredovisning\w*|\bclosings?\b|\binterim report\b|\bannual report\b")),
)


def recognise_frequency(text: str) -> str | None:
    """Return the code of the frequency that the text states."""
    if _UNCODED.search(text):
        return None
    if counted := _PER_YEAR.search(text):
        return _BY_TIMES.get(_TIMES.get((counted[1] or counted[2]).casefold(), 0))
    return next((code for code, pattern in _FREQUENCIES if pattern.search(text)), None)


_SYMBOLS = {"🟢": "no_deviations", "🟩": "no_deviations", "✅": "no_deviations", "✔": "no_deviations", "✓": "no_deviations",
            "🟡": "minor_deviations", "🟨": "minor_deviations", "🔴": "significant_deviations", "🟥": "significant_deviations",
            "🔵": "ongoing", "🟦": "ongoing", "⚫": "could_not_be_performed", "⚪": None}  # fmt: skip
_WHOLE = {
    "grön": "no_deviations", "grönt": "no_deviations", "green": "no_deviations", "ok": "no_deviations", "okej": "no_deviations",
    "u.a": "no_deviations", "ua": "no_deviations", "utan anmärkning": "no_deviations", "godkänd": "no_deviations",
    "godkänt": "no_deviations", "gul": "minor_deviations", "gult": "minor_deviations", "yellow": "minor_deviations",
    "röd": "significant_deviations", "rött": "significant_deviations", "red": "significant_deviations",
    "underkänd": "significant_deviations", "underkänt": "significant_deviations", "blå": "ongoing", "blått": "ongoing",
    "blue": "ongoing", "grå": "could_not_be_performed", "grått": "could_not_be_performed", "grey": "could_not_be_performed",
    "gray": "could_not_be_performed",
}  # fmt: skip
_DEVIATION = r"(?:avvikelse|brist|anmärkning)\w*"
# In this order: what could not be done has no outcome, and "no significant, but minor deviations" are minor.
_CONCLUSIONS = (
    (
        "could_not_be_performed",
        _words(
            r"(?:kunde|kan|har|gick) (?:\w+ )?(?:inte|ej)(?: \w+){0,2} (?:genomför\w*|utför\w*|göras|kontroller\w*|granska\w*)"
            r"|\b(?:inte|ej) (?:kunnat |gått att )?(?:genomför|utför)(?:t|d|a)\w*|\butgår\b|\bkontrollen utgick\b"
            r"|\bcould not be (?:performed|done|carried)|\bnot performed\b"
        ),
    ),
    ("ongoing", _words(r"(?<!ej )(?<!inte )\bpåbörja[dt]\w*|\bpågå(?:r|ende)\b|\bongoing\b|\bin progress\b")),
    (
        "minor_deviations",
        _words(
            rf"(?<!inga )(?<!utan )(?<!inte )(?<!att )\b(?:mindre|smärre|enstaka|vissa|viss|några|något|ett fåtal)"
            rf"(?: \w+)? {_DEVIATION}|\bminor\b|\bsome deviations\b"
        ),
    ),
    (
        "no_deviations",
        _words(
            rf"\b(?:inga|ingen|utan|utan att|inte|ej)(?: \w+)? {_DEVIATION}"
            r"|\b(?:no|without)(?: \w+)? deviations?\b|\btillfredsställande\b"
        ),
    ),
    (
        "significant_deviations",
        _words(
            rf"\b(?:väsentlig|stor|större|allvarlig|betydande|omfattande)\w* {_DEVIATION}"
            r"|\b(?:significant|major|serious) deviations?\b"
        ),
    ),
)


def recognise_conclusion(text: str) -> str | None:
    """Return the code of the conclusion that a symbol or the words of the text state."""
    stripped = text.strip()
    for symbol, code in _SYMBOLS.items():
        if stripped.startswith(symbol):
            return code
    if whole := _WHOLE.get(stripped.casefold().strip(" .!")):
        return whole
    return next((code for code, pattern in _CONCLUSIONS if pattern.search(stripped)), None)


_NEGATED, _MINOR, _COULD_NOT = (
    dict(_CONCLUSIONS)[code] for code in ("no_deviations", "minor_deviations", "could_not_be_performed")
)
_ONLY_SIGNIFICANT = _words(r"\b(?:väsentlig|stor|större|allvarlig|betydande|omfattande|significant|major|serious)\w*")
_NEGATION = _words(r"\b(?:inte|ej|icke|aldrig|varken|ing(?:a|en|et)|saknas|not|never|neither|none|no)\b")
_CLAUSES = re.compile(r"[.,;:\n]|\b(?:men|dock|but)\b", re.IGNORECASE)
_ELLIPTIC = (
    ("minor_deviations", _words(r"\b(?:men|dock|but) (?:\w+ )?(?:mindre|smärre|enstaka|vissa|några|minor|some)\b")),
    ("significant_deviations", _words(rf"\b(?:men|dock|but) (?:\w+ )?{_ONLY_SIGNIFICANT.pattern}")),
)


def conclusion_signals(text: str) -> list[str]:
    """Return every conclusion that the text gives a sign of, the one it would be by itself first.

    "No significant, but minor deviations" has one: what is negated is only the graver. "No minor deviations but significant
    ones" has two, as has "significant deviations, measures are ongoing", and "significant deviations were not found", where the
    negation stands elsewhere.
    """
    first = recognise_conclusion(text)
    if first is None:
        return []
    found = [first]
    negated = _NEGATED.findall(text)
    rest = without_negated = _NEGATED.sub(" ", text)
    for code, pattern in _CONCLUSIONS:
        if code == "significant_deviations":
            rest = _MINOR.sub(" ", rest)
        if code != "no_deviations" and pattern.search(rest):
            found.append(code)
    found += [code for code, pattern in _ELLIPTIC if pattern.search(rest)]
    if any(not _ONLY_SIGNIFICANT.search(one) for one in negated) or _is_negated_elsewhere(without_negated):
        found.append("no_deviations")
    return list(dict.fromkeys(found))


def _is_negated_elsewhere(text: str) -> bool:
    """Return whether a clause has the sign of a deviation, or of what is ongoing, and a negation of its own."""
    signs = [pattern for code, pattern in _CONCLUSIONS if code not in ("could_not_be_performed", "no_deviations")]
    clauses = _CLAUSES.split(_COULD_NOT.sub(" ", text))
    return any(_NEGATION.search(clause) and any(sign.search(clause) for sign in signs) for clause in clauses)


def conclusion_from_fill(fill: str) -> str | None:
    """Return the conclusion that a cell's fill colour would mean: green, yellow, red or blue.

    None for white, black and grey, for the light blue of many a table's style, and for what lies between two meanings, as
    orange does.
    """
    if len(fill) != 6:
        return None
    hue, light, saturation = colorsys.rgb_to_hls(*(int(fill[i : i + 2], 16) / 255 for i in (0, 2, 4)))
    if light < 0.12 or light > 0.96:
        return None
    degrees = hue * 360
    if saturation < 0.12:
        return None
    if degrees < 15 or degrees >= 340:
        return "significant_deviations"
    if 42 <= degrees < 68:
        return "minor_deviations"
    if 72 <= degrees < 175:
        return "no_deviations"
    if 180 <= degrees < 255:
        return "ongoing" if light < 0.75 else None
    return None
