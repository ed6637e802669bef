"""Preparation of the web server: tables, static files, demo data. Skipped quickly when done."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import django
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor


def pending_migrations() -> list[str]:
    """Return the names of the migrations that the database lacks, in the order they would run.

    Raises django.db.OperationalError when the database cannot be reached.
    """
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def migrate() -> None:
    """Migrate the database."""
    call_command("migrate", interactive=False, verbosity=0)


def static_fingerprint() -> str:
    """Return a hash of all static files' paths, sizes and times, and of Django's version."""
    digest = hashlib.sha256(django.__version__.encode())
    for finder in get_finders():
        for name, storage in finder.list(None):
            stat = os.stat(storage.path(name))
            digest.update(f"{name}\0{stat.st_size}\0{stat.st_mtime_ns}\0".encode())
    return digest.hexdigest()


def static_is_collected() -> bool:
    """Return whether the static files were collected as they are now."""
    stamp = _static_stamp()
    return stamp.exists() and stamp.read_text(encoding="ascii") == static_fingerprint()


def collect_static() -> None:
    """Collect the static files and record their fingerprint."""
    fingerprint = static_fingerprint()
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    _static_stamp().write_text(fingerprint, encoding="ascii")


def _static_stamp() -> Path:
    # Beside the files it speaks of, so that it goes when they go.
    return Path(settings.STATIC_ROOT) / ".collected"


def has_users() -> bool:
    """Return whether the database has any user."""
    return get_user_model()._default_manager.exists()


def stand_on_the_demo_s_day() -> None:
    """Write the demonstration's day, on which an embedded installation with it stands still.

    Its deadlines would all have passed long ago on any other day.
    """
    from controls.demo.municipality import TODAY

    (settings.VAR_DIR / "today").write_text(TODAY.isoformat(), encoding="ascii")


def leave_the_demo_s_day() -> None:
    """Let time run as usual again: the demonstration was not loaded."""
    (settings.VAR_DIR / "today").unlink(missing_ok=True)


def demo_logins() -> list[tuple[str, str, str]]:
    """Return (role, e-mail, password) of the demo's people who have an account here."""
    if not has_users():
        return []
    from controls.demo import logins

    known = get_user_model()._default_manager.values_list("email", flat=True)
    present = set(known.filter(email__in=[email for _, email, _ in logins()]))
    return [login for login in logins() if login[1] in present]
