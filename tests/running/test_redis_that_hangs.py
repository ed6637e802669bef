"""A Redis that takes connections and never answers: pages are shown, and what they hand over waits in the database."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from redis.exceptions import RedisError

from config import redis_cache
from tests.cast import Cast
from tests.services import ROOT


class Silent:
    """Takes every connection, reads what is said, and answers nothing."""

    def __init__(self) -> None:
        self._door = socket.create_server(("127.0.0.1", 0))
        self.url = f"redis://127.0.0.1:{self._door.getsockname()[1]}/0"
        self.calls: list[socket.socket] = []
        threading.Thread(target=self._take, daemon=True).start()

    def _take(self) -> None:
        while True:
            try:
                self.calls.append(self._door.accept()[0])
            except OSError:
                return

    def close(self) -> None:
        for one in (self._door, *self.calls):
            one.close()


@pytest.fixture
def silent() -> Iterator[Silent]:
    server = Silent()
    yield server
    server.close()


@pytest.fixture
def hung_cache(silent: Silent, settings: Any) -> Silent:
    caches = deepcopy({**django_settings.CACHES["default"], "OPTIONS": {}})
    options = {**django_settings.CACHES["default"]["OPTIONS"], "socket_timeout": 0.2}
    settings.CACHES = {"default": {**caches, "LOCATION": silent.url, "OPTIONS": options}}
    return silent


def test_every_wait_for_redis_has_an_end() -> None:
    options = django_settings.CACHES["default"]["OPTIONS"]
    for waits in (options, django_settings.CELERY_BROKER_TRANSPORT_OPTIONS):
        assert waits["socket_timeout"] == waits["socket_connect_timeout"] == django_settings.REDIS_TIMEOUT == 2


def test_a_cache_that_did_not_answer_is_not_asked_again_at_once(hung_cache: Silent, monkeypatch: pytest.MonkeyPatch) -> None:
    for ask in (lambda: cache.get("a"), lambda: cache.set("a", 1), lambda: cache.get_many(["a", "b"])):
        with pytest.raises(RedisError):
            ask()
    assert len(hung_cache.calls) == 1
    monkeypatch.setattr(redis_cache, "QUIET_SECONDS", 0.0)
    redis_cache._quiet_until.clear()
    for _time in range(2):
        with pytest.raises(RedisError):
            cache.get("a")
    assert len(hung_cache.calls) == 3


@pytest.mark.django_db
def test_people_sign_in_and_see_their_page_without_the_cache(cast: Cast, hung_cache: Silent, today: Any) -> None:
    cast.johan.set_password("ett långt lösenord")
    cast.johan.save()
    client = Client()
    form = {"username": cast.johan.email, "password": "ett långt lösenord"}
    assert client.post(reverse("login"), form).status_code == 302
    assert client.get(reverse("inbox")).status_code == 200
    assert len(hung_cache.calls) == 1


HAND_OVER = """
import django; django.setup()
from controls import tasks
tasks.write_report.delay_on_commit(1)
print("the page goes on")
"""


def test_a_page_that_hands_something_over_goes_on_without_the_broker(silent: Silent, tmp_path: Any) -> None:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "REDIS_URL": silent.url,
        "REDIS_TIMEOUT": "1",
        "RISKREG_VAR": str(tmp_path),
        "SECRET_KEY": "for-tests-only",
    }
    environment.pop("DATABASE_URL", None)
    said = subprocess.run(
        [sys.executable, "-c", HAND_OVER], env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert said.stdout == "the page goes on\n", said.stderr
    assert "The broker does not answer: controls.tasks.write_report" in said.stderr
