"""Columns that seem to hold personal data, by what is in them: a proposal, which a person confirms or changes.

A personal number is told by its date and its check digit, so that organisation numbers, whose third digit is at least
2, are none. A column of names is told by its heading or by first names that many people in Sweden bear.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from controls.data_files.engine import Engine, literal

REASONS = {
    "personal_number": _("personal numbers"),
    "email": _("e-mail addresses"),
    "phone": _("telephone numbers"),
    "names": _("names"),
    "heading": _("its heading"),
}

_HEADINGS = re.compile(
    r"(för|fornamn|förnamn|efter|till)?namn|.*\b(person|anställd|medarbetar|elev|brukar|klient|vårdnadshavar|innehavar)\w*\b.*"
    r"|(beslut(ande|s)?|huvud|sak)?-?(attestant|granskar|handläggar|beställar|mottagar|behandlar|kontaktperson)\w*"
    r"|anställnings?-?(nr|nummer|id)|anst\.?\s?nr|personal-?(nr|nummer|id)|pnr|pers\.?\s?nr|födelse\w*|användar(e|namn|id)|chef"
    r"|(attesterad|godkänd|registrerad|beställd|utförd|skapad|ändrad|signerad) av|signatur|sign\.?"
    r"|(tele|mobil)(fon|tel)?(nr|nummer)?|mobil|e-?post(adress)?|e-?mail|(bostads|hem)adress"
    r"|(first|last|sur|family|full|user)[ _-]?name|employee( ?(id|no|number|name))?|personal (id|number)|birth ?date",
    re.IGNORECASE,
)
_NO_NAME = (
    r"(?i)\b(AB|HB|KB|EF|Ltd|Inc|GmbH|Oy|AS|kommun|region|förening|stiftelse|handelsbolag|aktiebolag|byrå|skola|nämnd)\b|&|[0-9]"
)
_NAMES = (
    "adam agneta albin alexander alexandra ali alice alva amanda anders andreas anette anita ann anna anneli annika anton "
    "arvid astrid axel barbro bengt berit birgitta björn bo britt camilla carina carl carolina caroline catharina cecilia "
    "charlotte christer christian christina christoffer claes daniel david dennis ebba edvin elin elisabet elisabeth elias "
    "ella elsa emelie emil emilia emma erik erika eva felix filip frida fredrik gabriel gun gunilla gunnar gustav göran "
    "hanna hans harald hassan helena helene henrik hugo håkan ida inga inger ingrid irene isabella isak jan jenny jens jesper "
    "jessica joakim johan johanna johannes john jonas jonathan josef josefin julia jörgen kajsa karin karl karolina katarina "
    "kent kenneth kerstin kevin kim kjell klara kristian kristina kristoffer lars lena lennart leif leo liam lina linda "
    "linnea linus lisa louise lovisa lucas ludvig madeleine magnus maja malin marcus margareta maria marianne marie markus "
    "martin mathias mats matilda mattias max melvin mia mikael mohamed mohammed monica moa nils noah nina oliver ola olof "
    "olle olivia oscar oskar patrik per pernilla peter petra pia rasmus rebecka reza rickard robert robin roger roland rolf "
    "sandra sara sebastian simon sofia sofie stefan stig sten stina susanne sven sofie therese thomas tobias tommy tove ulf "
    "ulla ulrika vera viktor viktoria vincent william yvonne åke åsa örjan"
)
_FIRST_NAMES = sorted(set(_NAMES.split()))

_DATED = "(19|20)?[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01]|6[1-9]|[78][0-9]|9[01])"
_MARKED = f"\\b{_DATED}[-+][0-9]{{4}}\\b"
_EMAIL = "[^@\\s;,]+@[^@\\s;,]+\\.[A-Za-z]{2,}"
_PHONE = "(\\+46|0046)[ -]?(\\(0\\))?[1-9][0-9 -]{6,12}|0[1-9][0-9]{0,2}[ ]?[-/][0-9 ]{5,11}|07[02369][0-9]{7}"
_LOOKED_AT = 50_000
"""The first filled cells that are looked at for names and telephone numbers, which are told by their share."""
_FEW = 0.05
_SOME = 0.2
_MOST = 0.9


def personal_columns(engine: Engine, source: str, columns: Sequence[str]) -> dict[str, str]:
    """Return the columns that seem to hold personal data, each with the code of why (REASONS).

    One scan of each column: a single personal number that is told as one (with its sign, or twelve digits) is enough.
    """
    found = {}
    for i, name in enumerate(columns):
        reason = _reason(engine, source, f"c{i}") or ("heading" if _HEADINGS.fullmatch(name.strip()) else "")
        if reason:
            found[name] = reason
    return found


def _reason(engine: Engine, source: str, cell: str) -> str:
    marked = f"regexp_extract({cell}, '{_MARKED}')"
    ten = f"right(translate({marked}, '-+', ''), 10)"
    is_dated = f"regexp_full_match({cell}, '{_DATED}[0-9]{{4}}')"
    # CASE: the regular expressions are asked only of cells that can match them.
    filled, with_sign, twelve, dated, organisations, emails = engine.one(
        f"select count(*), "
        f"count(*) filter (case when contains({cell}, '-') or contains({cell}, '+') then {_has_check_digit(ten)} end), "
        f"count(*) filter (case when length({cell}) = 12 and {cell}[:2] in ('19', '20') and {is_dated} "
        f"then {_has_check_digit(f'right({cell}, 10)')} end), "
        f"count(*) filter (case when length({cell}) = 10 and {is_dated} then {_has_check_digit(cell)} end), "
        f"count(*) filter (case when length({cell}) = 10 and {cell}[3] between '2' and '9' then {_has_check_digit(cell)} end), "
        f"count(*) filter (case when contains({cell}, '@') then regexp_full_match({cell}, {literal(_EMAIL)}) end) "
        f"from {source} where {cell} <> ''"
    )
    if with_sign or twelve or (dated and (dated >= _FEW * filled or dated + organisations >= _MOST * filled)):
        return "personal_number"
    if emails:
        return "email"
    phones, names, looked_at = engine.one(
        f"select count(*) filter (regexp_full_match({cell}, {literal(_PHONE)})), count(*) filter ({_is_name(cell)}), count(*) "
        f"from (select {cell} from {source} where {cell} <> '' limit {_LOOKED_AT})"
    )
    if phones and phones >= _SOME * looked_at:
        return "phone"
    return "names" if names and names >= _SOME * looked_at else ""


def _is_name(cell: str) -> str:
    """Return in SQL whether the cell is a first name with other names, in either order, and no company's."""
    first_names = ", ".join(literal(name) for name in _FIRST_NAMES)
    orders = (r"^(\pL+)(?:[- ]\pL+)+$", r"^\pL[\pL -]+, *(\pL+)")
    begins = " or ".join(f"lower(regexp_extract({cell}, {literal(order)}, 1)) in ({first_names})" for order in orders)
    return f"({begins}) and not regexp_matches({cell}, {literal(_NO_NAME)})"


def _has_check_digit(digits: str) -> str:
    """Return in SQL whether the last of ten digits is the check digit of the others; NULL for other texts."""
    terms = []
    for place in range(1, 11):
        digit = f"try_cast(substr({digits}, {place}, 1) as integer)"
        terms.append(f"(2 * {digit} - case when {digit} > 4 then 9 else 0 end)" if place % 2 else digit)
    return f"length({digits}) = 10 and ({' + '.join(terms)}) % 10 = 0"
