"""The account of an import on its page: how much was taken, kept and left out, and every piece of it."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.core.paginator import Paginator
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from controls.importing.stored_account import unpacked
from controls.models import PlanImport
from riskreg.importing.account import Account, Entry, Fate
from riskreg.models import Risk, User

PER_PAGE = 100
FATES = (Fate.LEFT_OUT, Fate.KEPT, Fate.TAKEN)


class Look(NamedTuple):
    tone: str
    symbol: str


LOOKS = {Fate.LEFT_OUT: Look("guard", "!"), Fate.KEPT: Look("ongoing", "≈"), Fate.TAKEN: Look("low", "✓")}


def account_context(request: HttpRequest, account: Account, hidden: int = 0) -> dict[str, Any]:
    """Return what the template shows: counts that add up, and one page of the entries of the chosen fate.

    `hidden` is the number of entries that the reader may not see; they are in no count.
    """
    if not account.entries:
        return {}
    chosen = next((fate for fate in FATES if fate.value == request.GET.get("fate")), Fate.LEFT_OUT)
    counts = account.counts()
    lines = [
        {
            "fate": fate.value,
            "label": fate.label,
            "tone": LOOKS[fate].tone,
            "symbol": LOOKS[fate].symbol,
            "is_chosen": fate is chosen,
            "pieces": counts[fate].pieces,
            "words": counts[fate].words,
        }
        for fate in FATES
    ]
    page = Paginator(account.of(chosen), PER_PAGE).get_page(request.GET.get("page"))
    return {
        "account_lines": lines,
        "account_total": {
            "pieces": sum(one.pieces for one in counts.values()),
            "words": sum(one.words for one in counts.values()),
        },
        "account_chosen": chosen.label,
        "account_entries": [_shown(entry) for entry in page],
        "account_hidden": hidden,
        "page_obj": page,
    }


def stored_account(plan_import: PlanImport, user: User) -> tuple[Account, int]:
    """Return the account kept with an import, and how many of its pieces are not for the user.

    Where the file holds a risk that the user does not see, only the pieces of those that they see are theirs: a comment, a
    note or a column that was not taken may be about any of them.
    """
    account = unpacked(plan_import.account)
    keys = {entry.risk for entry in account.entries if entry.risk is not None}
    if not keys:
        return account, 0
    of_plan = Risk.objects.visible_to(user).filter(plan=plan_import.plan_id).values_list("pk", flat=True)
    seen = keys & set(of_plan)
    if seen == keys:
        return account, 0
    shown = [entry for entry in account.entries if entry.risk in seen]
    return Account(shown), len(account.entries) - len(shown)


def _shown(entry: Entry) -> dict[str, Any]:
    column = entry.heading or (_("Column %(number)d") % {"number": entry.column + 1} if entry.column is not None else "")
    return {
        "place": entry.place,
        "row": entry.row,
        "column": column,
        "text": entry.text or pgettext("cell without text", "(formula)"),
        "field": entry.field.label if entry.field else "",
        "reason": entry.reason,
    }
