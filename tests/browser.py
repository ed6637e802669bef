"""A pytest plugin: a real browser for the journeys, and axe-core to judge the pages' accessibility.

`python -m tests.browser` makes sure that there is one: it looks where the fixtures look, and
fetches Chromium where there is none.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
SYSTEM_NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WCAG_22_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
INSTALL_COMMAND = [sys.executable, "-m", "playwright", "install", "chromium"]


def find_browser(playwright: Playwright) -> str | None:
    """The path of a Chromium: CHROMIUM_PATH, Playwright's own download, or the system's."""
    given = os.environ.get("CHROMIUM_PATH")
    if given:
        if not Path(given).exists():
            raise RuntimeError(f"CHROMIUM_PATH={given} names no file.")
        return given
    downloaded = playwright.chromium.executable_path
    if Path(downloaded).exists():
        return downloaded
    return next((path for name in SYSTEM_NAMES if (path := shutil.which(name))), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        path = find_browser(playwright)
        if path is None:
            pytest.fail("No Chromium was found. Fetch one: .venv/bin/python -m playwright install chromium")
        browser = playwright.chromium.launch(executable_path=path, args=OPTIONS)
        yield browser
        browser.close()


@pytest.fixture
def browser_context(browser: Browser, live_server: Any) -> Iterator[BrowserContext]:
    """A visitor of their own with Swedish settings; addresses are relative to the live server."""
    context = browser.new_context(
        base_url=live_server.url,
        locale="sv-SE",
        timezone_id="Europe/Stockholm",
        viewport={"width": 1280, "height": 900},
        reduced_motion="reduce",
    )
    context.set_default_timeout(15_000)
    yield context
    context.close()


@pytest.fixture
def page(browser_context: BrowserContext) -> Iterator[Page]:
    """A page whose scripts may not fail and whose security policy may not be broken: either fails the test at its end."""
    page = browser_context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(f"script error: {error}"))
    page.on(
        "console",
        lambda message: complaints.append(message.text) if "Content Security Policy" in message.text else None,
    )
    yield page
    page.close()
    assert complaints == [], "\n".join(complaints)


@pytest.fixture
def sign_in(browser_context: BrowserContext, live_server: Any) -> Callable[[Any], None]:
    """`sign_in(user)` gives the visitor a session, without walking through the sign-in page."""

    def sign_in_as(user: Any) -> None:
        client = Client()
        client.force_login(user)
        name = settings.SESSION_COOKIE_NAME
        browser_context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])

    return sign_in_as


def accessibility_faults(page: Page, *, leave_out: tuple[str, ...] = ()) -> list[str]:
    """What axe-core finds against WCAG 2.2 A and AA on the page as it stands, one line per element."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    result = page.evaluate(
        "([tags, out]) => axe.run({exclude: out}, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})",
        [WCAG_22_AA, [[selector] for selector in leave_out]],
    )
    return [
        f"{violation['id']} ({violation['impact']}): {violation['help']}\n    {node['html'][:200]}\n    {node['failureSummary']}"
        for violation in result["violations"]
        for node in violation["nodes"]
    ]


def assert_accessible(page: Page, *, leave_out: tuple[str, ...] = ()) -> None:
    """Fails with every fault that axe-core finds on the page."""
    faults = accessibility_faults(page, leave_out=leave_out)
    assert not faults, f"{page.url}: {len(faults)} faults\n" + "\n".join(faults)


def looked_at(page: Page, name: str) -> None:
    """Wide and narrow: no faults, and nothing to scroll sideways for."""
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 900})
        if "PICTURES" in os.environ:
            page.screenshot(path=str(Path(os.environ["PICTURES"]) / f"{name}-{width}.png"), full_page=True)
        assert_accessible(page)
        assert page.evaluate("() => document.documentElement.scrollWidth <= document.documentElement.clientWidth"), (name, width)
    page.set_viewport_size({"width": 1280, "height": 900})


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("journey")


def ensure_browser() -> int:
    """Exit code 0 with a browser in place; otherwise 1, having said what to do."""
    with sync_playwright() as playwright:
        if find_browser(playwright):
            return 0
    if os.geteuid() == 0 and shutil.which("apt-get"):
        sys.stdout.write("No browser found: installing chromium with apt-get\n")
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", "chromium"]
        if subprocess.run(install, env=environment, check=False).returncode != 0:
            subprocess.run(["apt-get", "update", "-q"], env=environment, check=False)
            subprocess.run(install, env=environment, check=False)
        if shutil.which("chromium"):
            return 0
    sys.stdout.write("No browser found. Fetching one: .venv/bin/python -m playwright install chromium\n")
    subprocess.run(INSTALL_COMMAND, check=False)
    with sync_playwright() as playwright:
        if find_browser(playwright):
            return 0
    sys.stderr.write(
        "The journeys need Chromium, and none could be fetched. Install it (Debian, Ubuntu: apt-get install chromium), "
        "or name one: make test CHROMIUM_PATH=/path/to/chromium\n"
    )
    return 1


if __name__ == "__main__":
    sys.exit(ensure_browser())
