"""Suppliers in order: the supplier master, and what the companies' register and a credit service say of own suppliers.

Begin reading in `ours`.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from controls.monitoring.rules.packs.suppliers import companies, credit, master
from controls.monitoring.rules.rule import Pack

PACK = Pack("suppliers", _("Suppliers in order"), (*master.RULES, *companies.RULES, *credit.RULES))
