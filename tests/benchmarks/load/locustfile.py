"""What a person does under load: reads or writes, thinking half a minute in between. Run by locust.

LOAD_PEOPLE names the file that `tests.benchmarks.load.people` wrote. Styles and scripts are not asked for: a browser keeps them.
"""

# mypy: ignore-errors
# locust lies in an environment of its own (requirements-load.txt), which the checks of types do not see.

from __future__ import annotations

import json
import os
import random
import re
from http.cookiejar import Cookie
from itertools import count
from pathlib import Path
from urllib.parse import urlencode

from locust import FastHttpUser, between, task

TOLD = json.loads(Path(os.environ["LOAD_PEOPLE"]).read_text(encoding="utf-8"))
THINKING = 30.0
WORDS = ("underlag", "lön", "ramavtal", "attest", "behörighet")
_next = count()
_typed = count()
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
READS = {
    "control_owner": ("start", "start", "risks", "heatmap", "risk", "risk", "follow_up", "follow_up"),
    "manager": ("start", "start", "risks", "heatmap", "risk", "year", "checks", "trend"),
    "controller": ("start", "risks", "search", "heatmap", "risk", "year", "checks", "reports"),
    "auditor": ("start", "risks", "search", "heatmap", "risk", "reports", "trail"),
    "administrator": ("start", "risks", "people", "operation"),
}
PAGES = {
    "start": "/uppfoljningar/",
    "risks": "/risker/?year={year}",
    "heatmap": "/heatmap/?year={year}",
    "risk": "/risker/{risk}/",
    "follow_up": "/admin/controls/followup/{follow_up}/change/",
    "search": "/risker/?year=all&q={word}",
    "year": "/arshjul/",
    "checks": "/kontrolltillfallen/",
    "trend": "/trend/",
    "reports": "/rapporter/",
    "trail": "/granskning/",
    "people": "/admin/riskreg/user/",
    "operation": "/drift/",
}
OF_ALL_WRITTEN, OF_ALL_OWNERS = 0.20, 0.65
"""Of a hundred times that somebody does something, twenty write a follow-up; owners alone do, who are 65 of a hundred."""


class Person(FastHttpUser):
    """One person with a browser of their own."""

    wait_time = between(THINKING / 2, THINKING * 1.5)
    network_timeout = connection_timeout = 60.0

    def on_start(self) -> None:
        self.me = TOLD["people"][next(_next) % len(TOLD["people"])]
        self.client.cookiejar.set_cookie(_session_of(self.me["session"]))

    @task
    def do_something(self) -> None:
        writes = OF_ALL_WRITTEN / OF_ALL_OWNERS if self.me["follow_ups"] else 0.0
        if random.random() < writes:
            self._write()
        else:
            self._read(random.choice(READS[self.me["role"]]))

    def _read(self, page: str) -> None:
        follow_ups = self.me["follow_ups"] or [0]
        address = PAGES[page].format(
            year=self.me["year"],
            risk=random.choice(self.me["risks"]),
            follow_up=random.choice(follow_ups),
            word=random.choice(WORDS),
        )
        with self.client.get(address, name=page, catch_response=True) as answer:
            _judge(answer)

    def _write(self) -> None:
        """Open a follow-up, type a result and save the draft; the page that the browser is sent to is read as well."""
        address = PAGES["follow_up"].format(follow_up=random.choice(self.me["follow_ups"]))
        self._send(address, "save", {"result": f"Granskat underlag nummer {next(_typed)}.", "_save": "1"})

    def _send(self, address: str, name: str, typed: dict[str, str]) -> None:
        with self.client.get(address, name=f"{name}: form", catch_response=True) as page:
            if not _judge(page):
                return
        fields = dict(HIDDEN.findall(page.text)) | typed
        headers = FORM | {"Referer": f"{self.host}{address}"}
        with self.client.post(address, data=urlencode(fields), headers=headers, name=name, catch_response=True) as answer:
            if _judge(answer) and 'class="errorlist' in answer.text:
                answer.failure("the form came back with an error")


def _session_of(key: str) -> Cookie:
    """Return the session as a cookie of the site's."""
    where = {"domain": "127.0.0.1", "domain_specified": False, "domain_initial_dot": False, "path": "/", "path_specified": True}
    rest = {"port": None, "port_specified": False, "secure": False, "expires": None, "discard": True, "comment": None}
    return Cookie(version=0, name=TOLD["cookie"], value=key, comment_url=None, rest={}, **where, **rest)


def _judge(answer: object) -> bool:
    if answer.status_code != 200:
        answer.failure(f"answered {answer.status_code}")
        return False
    return True
