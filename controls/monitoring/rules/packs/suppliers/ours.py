"""Tables that the rules on suppliers share: the municipality's own suppliers and what was paid to each."""

from __future__ import annotations

from controls.monitoring.rules.rule import Relation

ACTIVE = "not coalesce(is_blocked, false)"

OURS = Relation(
    "ours",
    needs=("suppliers",),
    sql=f"select identity, any_value(name) as name, list(row) as lines from suppliers "
    f"where identity_is_valid and {ACTIVE} group by identity",
)
"""Suppliers in use, one row for each valid identity."""

FIRMS = Relation(
    "firms",
    needs=("companies",),
    sql="select identity, arg_max(name, registered) as name, min(registered) as registered, "
    "case when bool_and(deregistered is not null) then max(deregistered) end as deregistered, "
    "any_value(deregistration_reason) as deregistration_reason, string_agg(proceedings, ' ') as proceedings, "
    "max(proceedings_day) as proceedings_day, any_value(industry) as industry, any_value(form) as form "
    "from companies where identity in (select identity from ours) group by identity",
    after=(OURS,),
)
"""Own suppliers as the companies' register has them, one row each: a person may have several registrations."""
