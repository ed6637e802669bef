"""A pytest plugin: a real browser for the journeys, and axe-core to judge the pages' accessibility.

A browser's answers come when they come, and some of its calls (a page's script, a page's closing)
know no time limit. So each journey has one, after which its browser is ended and the next starts a
new one; and a journey that failed is walked again, up to twice, from the start. What it said first
is printed at the end of the run: it is a journey to mend.

`python -m tests.browser` makes sure that there is one: it looks where the fixtures look, and
fetches Chromium where there is none.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Error, Page, Playwright, Request, sync_playwright

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
# Seconds that one journey may take; the longest takes 20 on a quiet machine.
TIME_LIMIT = float(os.environ.get("BROWSER_SECONDS", "90"))
STOPPING_LIMIT = 15.0
QUIET_WITHIN = 10.0
WALKED_AGAIN = 2


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


class Chromium:
    """The run's browser: started when it is asked for, ended from any thread, and then started anew."""

    def __init__(self) -> None:
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None
        self._driver: list[psutil.Process] = []
        self.killed = False

    def browser(self) -> Browser:
        """The browser that runs; a new one when there is none, or it was killed, or it crashed."""
        if self._browser is None or self.killed or not self._browser.is_connected():
            self.stop()
            self._start()
        assert self._browser is not None
        return self._browser

    def kill(self) -> None:
        """Ends the browser and Playwright's process at once: whatever call waits for them raises an Error."""
        self.killed = True
        for driver in self._driver:
            with suppress(psutil.Error):
                for process in [*driver.children(recursive=True), driver]:
                    with suppress(psutil.Error):
                        process.kill()

    def stop(self) -> None:
        """Closes the browser in order; kills it where that takes too long."""
        with time_limit(STOPPING_LIMIT, self.kill), suppress(Error):
            if self._browser is not None and not self.killed:
                self._browser.close()
        with time_limit(STOPPING_LIMIT, self.kill), suppress(Error):
            if self._playwright is not None:
                self._playwright.stop()
        self._playwright, self._browser, self._driver, self.killed = None, None, [], False

    def _start(self) -> None:
        before = {child.pid for child in psutil.Process().children()}
        self._playwright = sync_playwright().start()
        self._driver = [child for child in psutil.Process().children() if child.pid not in before and _is_driver(child)]
        path = find_browser(self._playwright)
        if path is None:
            pytest.fail("No Chromium was found. Fetch one: .venv/bin/python -m playwright install chromium")
        self._browser = self._playwright.chromium.launch(executable_path=path, args=OPTIONS)


def _is_driver(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return any("playwright" in part for part in process.cmdline())
    return False


@contextmanager
def time_limit(seconds: float, end: Callable[[], None]) -> Iterator[None]:
    """Calls `end` in a thread of its own when the block has taken so long."""
    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    chromium = Chromium()
    yield chromium
    chromium.stop()


@pytest.fixture
def browser(chromium: Chromium) -> Iterator[Browser]:
    """A browser that works, for no longer than TIME_LIMIT."""
    browser = chromium.browser()
    with time_limit(TIME_LIMIT, chromium.kill):
        yield browser
        with _if_alive(chromium):
            for context in browser.contexts:
                context.close()


@contextmanager
def _if_alive(chromium: Chromium) -> Iterator[None]:
    """Closing what a killed browser had open is not possible, and not an error."""
    try:
        yield
    except Error as error:
        if not chromium.killed:
            raise
        warnings.warn(f"The browser was ended after {TIME_LIMIT:g} s: {error}", stacklevel=2)


@pytest.fixture
def browser_context(browser: Browser, chromium: Chromium, live_server: Any) -> Iterator[BrowserContext]:
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
    with _if_alive(chromium):
        context.close()


@pytest.fixture
def page(browser_context: BrowserContext, chromium: Chromium) -> Iterator[Page]:
    """A page whose scripts may not fail and whose security policy may not be broken: either fails the test at its end."""
    page = browser_context.new_page()
    complaints: list[str] = []
    requests = _Requests(page)
    page.on("pageerror", lambda error: complaints.append(f"script error: {error}"))
    page.on(
        "console",
        lambda message: complaints.append(message.text) if "Content Security Policy" in message.text else None,
    )
    yield page
    with _if_alive(chromium):
        requests.wait()
        page.close()
    assert complaints == [], "\n".join(complaints)


class _Requests:
    """What a page has asked for and not yet got: closing one that is changing pages may wait for ever."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._under_way: set[Request] = set()
        page.on("request", self._asked)
        page.on("requestfinished", self._answered)
        page.on("requestfailed", self._answered)

    def _asked(self, request: Request) -> None:
        self._under_way.add(request)

    def _answered(self, request: Request) -> None:
        self._under_way.discard(request)

    def wait(self) -> None:
        end = time.monotonic() + QUIET_WITHIN
        self._page.wait_for_timeout(20)
        while self._under_way and time.monotonic() < end and not self._page.is_closed():
            self._page.wait_for_timeout(20)


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
    page.wait_for_load_state()
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
    page.wait_for_load_state()
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
            item.add_marker(pytest.mark.flaky(reruns=WALKED_AGAIN))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """Keep a picture of the page that a journey failed on, and say where it is; the server's log lines stand beside it."""
    report: Any = yield
    page = getattr(item, "funcargs", {}).get("page")
    if report.when == "call" and report.failed and isinstance(page, Page):
        path = Path(tempfile.mkdtemp(prefix="riskreg-page-")) / "page.png"
        with suppress(Error):
            page.screenshot(path=str(path), full_page=True, timeout=5_000)
            report.sections.append(("The page it failed on", f"{page.url}\n{path}"))
    return report


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """How many journeys were walked again, none included, and what those had said before.

    Passing in the end is no reason to keep quiet about it. xdist's workers send their reports to the process that prints this.
    """
    again = terminalreporter.stats.get("rerun", [])
    ended = [report for reports in terminalreporter.stats.values() for report in reports if getattr(report, "when", "") == "call"]
    journeys = {report.nodeid for report in ended if "journey" in report.keywords}
    if journeys or again:
        terminalreporter.section(f"walked again: {len(again)} in {len(journeys)} journeys")
    for report in again:
        terminalreporter.write_line(f"{report.nodeid} ({report.when}), {report.duration:.0f} s")
        terminalreporter.write_line(report.longreprtext[-3000:])


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
