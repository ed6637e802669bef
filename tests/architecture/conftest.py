from __future__ import annotations

import copy
import logging
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.db import transaction
from django.template.backends.django import Template
from django.test import override_settings

from tests.architecture.scene import TODAY, Scene, make_scene
from tests.cast import QUICK_HASHERS


class Stage(NamedTuple):
    scene: Scene
    media: Path


@pytest.fixture(scope="module")
def stage(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The scene, made once for all tests of a module (it takes a second), in a transaction around those of the tests.

    A test that commits, with ``transaction=True``, does not belong in such a module.
    """
    media = tmp_path_factory.mktemp("scene")
    outermost = transaction.atomic()
    with django_db_blocker.unblock():
        outermost.__enter__()
        with override_settings(RISKREG_TODAY=TODAY, PASSWORD_HASHERS=QUICK_HASHERS, MEDIA_ROOT=str(media)):
            made = make_scene()
    yield Stage(made, media)
    with django_db_blocker.unblock():
        transaction.set_rollback(True)
        outermost.__exit__(None, None, None)


@pytest.fixture
def scene(stage: Stage, db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """The test's own copy: what it changes, in the records, the files or these objects, no other test meets."""
    settings.RISKREG_TODAY = TODAY
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.DEBUG_PROPAGATE_EXCEPTIONS = True
    # Hundreds of refusals, each with its traceback, would take longer to write than to make.
    monkeypatch.setattr(logging.getLogger("django.request"), "disabled", True)
    shutil.copytree(stage.media, settings.MEDIA_ROOT, dirs_exist_ok=True)
    return copy.deepcopy(stage.scene)


@pytest.fixture
def unwritten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages are made, but their templates not written out: who comes in is decided before that, in a third of the time."""
    monkeypatch.setattr(Template, "render", lambda self, context=None, request=None: "")
