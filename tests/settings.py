"""The product's settings, on data of the test run's own: its directory, its database, its Redis database.

Read by every process of a run: pytest, its xdist workers, and the Celery worker that a test
starts. The first one decides, the others find the decision in the environment.
"""

from __future__ import annotations

import atexit
import os
import shutil
import socket
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

DIRECTORY = "RISKREG_TEST_DIRECTORY"
PORT = "RISKREG_TEST_REDIS_PORT"
DATABASE = "RISKREG_TEST_DATABASE"
REDIS_DATABASES = 64


def _decide() -> None:
    directory = tempfile.mkdtemp(prefix="riskreg-tests-")
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    os.environ[DIRECTORY] = directory
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        os.environ[PORT] = str(probe.getsockname()[1])


def _worker_number() -> int:
    """0 without xdist, else 1 for gw0, 2 for gw1 …"""
    name = os.environ.get("PYTEST_XDIST_WORKER", "")
    return int(name.removeprefix("gw")) + 1 if name else 0


if DIRECTORY not in os.environ:
    _decide()
RUN_DIRECTORY = Path(os.environ[DIRECTORY])
NUMBER = _worker_number()

os.environ["RISKREG_VAR"] = str(RUN_DIRECTORY / f"var{NUMBER}")
os.environ["REDIS_URL"] = f"redis://127.0.0.1:{os.environ[PORT]}/{NUMBER % REDIS_DATABASES}"
os.environ.setdefault("SECRET_KEY", "for-tests-only")
# Playwright's sync interface keeps an event loop in the test's thread; the ORM is still called from one thread only.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
# What surrounds the run must not change what is tested.
for variable in (
    "HTTPS",
    "DEBUG",
    "ALLOWED_HOSTS",
    "RISKREG_TODAY",
    "EMAIL_HOST",
    "EMAIL_BACKEND",
    "STATIC_ROOT",
    "MEDIA_ROOT",
    "SITE_URL",
    "HOST",
    "PORT",
    "REMINDER_DAYS_BEFORE",
    "REMINDER_MANAGER_AFTER",
    "REMINDER_CONTROLLER_AFTER",
    "REMINDER_HOURS",
):
    if DATABASE not in os.environ:
        os.environ.pop(variable, None)

from config.settings import *  # noqa: E402, F403
from config.settings import DATABASES, STORAGES  # noqa: E402

# Nothing waits for the disk: what a test writes need not survive the machine.
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"]["init_command"] += "; PRAGMA synchronous=OFF"
# There, though empty: WhiteNoise warns of a missing one at every client that is made.
STATIC_ROOT = RUN_DIRECTORY / "staticfiles"
STATIC_ROOT.mkdir(exist_ok=True)
# A password is no secret here, and each sign-in would take as long as ten pages.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# No manifest: pages are tried without collecting static files first, also by the worker's process.
STORAGES["staticfiles"] = {"BACKEND": "config.static_files.PlainFiles"}

_default: dict[str, Any] = DATABASES["default"]
if DATABASE in os.environ:
    # A process beside pytest: the test database is already there, under this name.
    _default["NAME"] = os.environ[DATABASE]
elif _default["ENGINE"].endswith("sqlite3"):
    # A file, not memory: the live server's threads and the worker's process open it too.
    _default["TEST"] = {"NAME": str(RUN_DIRECTORY / "test.sqlite3")}
