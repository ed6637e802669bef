from __future__ import annotations

import logging
import pickle
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.template.backends.django import Template
from django.test import override_settings

from riskreg.models import User
from riskreg.sign_in.backend import RolesAtOnceBackend
from tests.architecture.scene import Scene, make_scene
from tests.architecture.scene_records import TODAY
from tests.architecture.secrets import Secrets
from tests.cast import Cast
from tests.settings import RUN_DIRECTORY
from tests.shared_rows import SharedRows, add_layer


@cache
def shared_media() -> Path:
    """Return the directory where the scene's files lie, those of its secrets among them; a test gets copies."""
    return Path(tempfile.mkdtemp(prefix="scene-", dir=RUN_DIRECTORY))


def _of_the_scene() -> override_settings:
    return override_settings(RISKREG_TODAY=TODAY, MEDIA_ROOT=str(shared_media()))


def _make_scene(cast: Cast) -> Scene:
    with _of_the_scene():
        return make_scene(cast)


def _make_secrets(scene: Scene) -> Secrets:
    with _of_the_scene():
        return Secrets(scene)


add_layer("scene", _make_scene, above="cast", is_costly=True)
add_layer("secrets_of_the_scene", _make_secrets, above="scene")


@pytest.fixture
def scene(db: None, shared_rows: SharedRows, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """The test's own copy: what it changes, in the records, the files or these objects, no other test meets."""
    settings.RISKREG_TODAY = TODAY
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.DEBUG_PROPAGATE_EXCEPTIONS = True
    # Hundreds of refusals, each with its traceback, would take longer to write than to make.
    monkeypatch.setattr(logging.getLogger("django.request"), "disabled", True)
    shutil.copytree(shared_media(), settings.MEDIA_ROOT, dirs_exist_ok=True)
    anchors = Path(settings.MEDIA_ROOT) / "anchors.jsonl"
    anchors.touch()
    settings.TRAIL_ANCHOR = [("file", str(anchors))]
    scene: Scene = shared_rows.copy("scene")
    return scene


@pytest.fixture
def secrets_of_the_scene(scene: Scene, shared_rows: SharedRows) -> Secrets:
    secrets: Secrets = shared_rows.copy("secrets_of_the_scene")
    return secrets


@pytest.fixture
def unwritten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages are made, but their templates not written out: who comes in is decided before that, in a third of the time."""
    monkeypatch.setattr(Template, "render", lambda self, context=None, request=None: "")


@pytest.fixture
def people_read_once(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """The session's person and their roles, a quarter of a request, are read once: each request of a walk is undone."""
    read = RolesAtOnceBackend.get_user
    known: dict[int, bytes] = {}

    def get_user(self: RolesAtOnceBackend, user_id: int) -> User | None:
        if user_id not in known:
            known[user_id] = pickle.dumps(read(self, user_id))
        user: User | None = pickle.loads(known[user_id])
        return user

    monkeypatch.setattr(RolesAtOnceBackend, "get_user", get_user)
