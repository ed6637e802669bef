"""A second method of control, as small as one can be: what a method that registers itself looks like."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db.models import QuerySet

from controls.follow_ups import backing
from controls.follow_ups.backing import Backing, Link
from controls.models import Check, Closing, Conclusion, Control, FollowUp, Method
from controls.reporting.paper import Block, Cell, Column, Kind, Table, text_cell
from controls.reporting.proofs import ProvenMethod
from riskreg.access.verbs import Verb
from riskreg.models import Risk, User

DEBTS = "Löneskulder per kvartal"


class KeyFigure(ProvenMethod):
    """A tiny method: a series of four quarters, of which three are in and one lies above the acceptable level."""

    code = "key_figure"

    def show(self, follow_ups: Sequence[FollowUp]) -> list[list[Backing]]:
        return [[series()] if one.control.method == Method.INDICATOR else [] for one in follow_ups]

    def start(self, control: Control, *, follow_up: FollowUp | None = None, check: Check | None = None) -> Link | None:
        return Link("/serie/", "Lägg till ett värde") if control.method == Method.INDICATOR else None

    def work_on(self, check: Check, user: User) -> tuple[str, list[Link]]:
        return "Serier", [Link("/serie/7/", DEBTS)] if check.control.method == Method.INDICATOR else []

    def prove(self, user: User, risks: QuerySet[Risk], closing: Closing) -> Table:
        of = Control.objects.visible_to(user).filter(risk__in=risks, method=Method.INDICATOR).select_related("risk")
        rows = tuple((text_cell(one.risk.title), Cell((Block(Kind.TEXT, "41 mot 30"),))) for one in of)
        columns = (Column("risk", "Risk"), Column("figure", "Utfall"))
        return Table("key_figures", "Nyckeltal", columns, rows, nothing="Inga nyckeltal.")


def series() -> Backing:
    return Backing(
        source="Nyckeltalet",
        heading=f"Nyckeltalet: {DEBTS}",
        suggested=Conclusion.SIGNIFICANT_DEVIATIONS,
        verdict="Över gränsen.",
        sentence="Tredje kvartalet låg över den nivå som godtas.",
        tone="critical",
        symbol="✕",
        facts=[("Senaste utfall", "41 mot 30")],
        done=3,
        total=4,
        draft="Löneskulderna uppgick till 41.",
        missing=["Fjärde kvartalet saknas."],
        remarks=["Källan är lönesystemet."],
        link=Link("/serie/7/", "Serien", label_of_work="Fyll på serien", right=Verb.READ_POPULATION),
    )


@contextmanager
def registered() -> Iterator[None]:
    backing.register(KeyFigure())
    yield
    backing.unregister(KeyFigure.code)
