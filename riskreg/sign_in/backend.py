"""The session's user: the person with their roles, read in one query."""

from __future__ import annotations

from django.contrib.auth.backends import ModelBackend

from riskreg.access.grants import user_with_roles
from riskreg.models import User


class RolesAtOnceBackend(ModelBackend):
    """Django's sign-in by e-mail and password; the session's user comes with their memberships in the same query."""

    def get_user(self, user_id: int) -> User | None:
        user = user_with_roles(user_id)
        return user if user is not None and self.user_can_authenticate(user) else None
