"""What is said when a command meets a database that lacks the product's tables, or that does not answer."""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.utils.translation import gettext as _

from config import preparation

EXIT_CODE = 2
"""As of every command that could not do its work."""


def explain(error: DatabaseError) -> str | None:
    """Return what to do about the database, or None where its tables are all there and the error is another."""
    try:
        pending = preparation.pending_migrations()
    except DatabaseError:
        return _("The database does not answer: %(error)s") % {"error": str(error).strip()}
    if not pending:
        return None
    name = connection.settings_dict["NAME"]
    return _(
        "The database %(name)s lacks tables of this version (%(count)d migrations). Start the product once (make run), or run "
        "manage.py migrate; then run the command again."
    ) % {"name": name, "count": len(pending)}
