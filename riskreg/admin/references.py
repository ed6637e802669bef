"""References to people as text on pages that cannot be changed.

Django makes every reference a link, also for the many who may not open a person's page.
"""

from __future__ import annotations

from typing import Any

from django.contrib.admin.helpers import AdminReadonlyField

from riskreg.models import User

_link = AdminReadonlyField.get_admin_url


def _name_or_link(self: AdminReadonlyField, remote_field: Any, remote_obj: Any) -> str:
    return str(remote_obj) if isinstance(remote_obj, User) else _link(self, remote_field, remote_obj)


AdminReadonlyField.get_admin_url = _name_or_link  # type: ignore[method-assign]
