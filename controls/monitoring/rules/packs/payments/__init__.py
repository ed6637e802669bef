"""Payments in order: paid twice, out of the ordinary, to an account of somebody else. Begin reading in `documents`."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from controls.monitoring.rules.packs.payments import accounts, doubles, patterns
from controls.monitoring.rules.rule import Pack

PACK = Pack("payments", _("Payments in order"), (*doubles.RULES, *patterns.RULES, *accounts.RULES))
