"""`make pictures`: photograph the running demonstration for README and the handbook.

Start the demonstration first (`make run` in another terminal, with an empty var/ so that nobody has changed anything in
it). Each picture is one person's page, reached as that person reaches it, cut to what the text speaks of, and saved with
few colours so that it stays small: `docs/pictures/NAME.png`.
"""

from __future__ import annotations

import io
import re
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser import OPTIONS, find_browser

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "pictures"
WIDTH = 1280
MOST_BYTES = 100 * 1024
COLOURS = (32, 16, 8)
# Of every demonstration; printed at its first start.
PASSWORD = "demo-riskreg-2025"

KARIN, JOHAN, EVA, OLOF, SARA = (
    f"{name}@alingsas.example" for name in ("karin.lindqvist", "johan.berg", "eva.dahl", "olof.strom", "sara.lund")
)


@dataclass(frozen=True)
class Picture:
    """One picture: its file's name, who looks, how the page is reached, and how many pixels of it are kept from its top."""

    name: str
    person: str
    go: Callable[[Page], object]
    height: int


def page_at(address: str) -> Callable[[Page], object]:
    """Return a step that opens the address."""
    return lambda page: page.goto(address)


def linked(*steps: str) -> Callable[[Page], object]:
    """Return a step that opens the first address and then, for each pattern, the first link whose address or text matches.

    A step that begins with `./` is an address below the page's own.
    """

    def go(page: Page) -> None:
        page.goto(steps[0])
        for pattern in steps[1:]:
            if pattern.startswith("./"):
                page.goto(page.url.partition("?")[0] + pattern[2:])
                continue
            links = page.eval_on_selector_all("main a[href]", "all => all.map(a => [a.getAttribute('href'), a.textContent])")
            found = next((href for href, text in links if re.search(pattern, f"{href} {' '.join(text.split())}")), None)
            if found is None:
                raise LookupError(f"{page.url} has no link that matches {pattern!r}: was the demonstration changed?")
            page.goto(page.evaluate("href => new URL(href, document.baseURI).href", found))

    return go


PAY = "followup/.*Felaktiga löneutbetalningar"
PICTURES = [
    Picture("heatmap", JOHAN, page_at("/heatmap/?year=2025"), 1000),
    Picture("mina-uppfoljningar", KARIN, page_at("/uppfoljningar/"), 820),
    Picture("uppfoljning", KARIN, linked("/uppfoljningar/", PAY), 1500),
    Picture("kontrolltillfalle", KARIN, linked("/uppfoljningar/", "/kontrolltillfallen/[0-9]+/ Utför"), 900),
    Picture("stickprov-poster", KARIN, linked("/uppfoljningar/", PAY, "/poster/"), 900),
    Picture("population", KARIN, linked("/uppfoljningar/", PAY, "/population/"), 900),
    Picture("paminnelser", KARIN, page_at("/paminnelser/"), 1150),
    Picture("godkanna", JOHAN, linked("/uppfoljningar/", "followup/.*Energibrist"), 950),
    Picture("heatmap-over-tid", JOHAN, page_at("/heatmap/over-tid/?year=2025&day=2025-05-31&against=2026-01-12"), 1860),
    Picture("trend", JOHAN, page_at("/trend/?year=2025"), 1250),
    Picture("plan", EVA, linked("/planer/", "Kommunstyrelsen 2025"), 900),
    Picture("importera", EVA, page_at("/admin/controls/planimport/add/"), 800),
    Picture("arshjul", EVA, page_at("/arshjul/?year=2025"), 1400),
    Picture("rapporter", EVA, page_at("/rapporter/?year=2025"), 900),
    Picture("rapport", EVA, linked("/rapporter/?year=2025", "Kommunstyrelsen, Delårsbokslut"), 1400),
    Picture("paminnelseutskick", EVA, page_at("/admin/controls/digest/"), 700),
    Picture("granskning", OLOF, page_at("/granskning/"), 800),
    Picture("riskens-historia", OLOF, linked("/risker/?year=2025", "Felaktiga löneutbetalningar", "./historik/"), 1000),
    Picture("stickprov", OLOF, linked("/admin/controls/sample/", "Leverantörer", "Till stickprovet"), 1300),
    Picture("rapportmall", SARA, page_at("/admin/controls/reporttemplate/add/"), 800),
    Picture("riskmatris", SARA, linked("/admin/riskreg/riskmatrix/", "riskmatrix/[0-9]+/change/"), 1100),
]


def save_small(png: bytes, path: Path) -> int:
    """Save a screenshot with as many of COLOURS as fit into MOST_BYTES, and return the file's size in bytes."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    for colours in COLOURS:
        buffer = io.BytesIO()
        image.quantize(colours, dither=Image.Dither.NONE).save(buffer, "PNG", optimize=True)
        if buffer.tell() <= MOST_BYTES:
            break
    path.write_bytes(buffer.getvalue())
    return buffer.tell()


def take(page: Page, picture: Picture) -> bytes:
    """Return the screenshot of what the picture shows, as PNG."""
    page.set_viewport_size({"width": WIDTH, "height": picture.height})
    picture.go(page)
    page.wait_for_load_state("networkidle")
    page.evaluate("() => document.activeElement && document.activeElement.blur()")
    whole = page.evaluate("() => document.querySelector('main').scrollHeight")
    page.set_viewport_size({"width": WIDTH, "height": min(picture.height, whole)})
    return page.screenshot()


def sign_in(browser: Browser, address: str, person: str) -> Page:
    """Return a page on which the person is signed in, in Swedish."""
    context = browser.new_context(
        base_url=address, locale="sv-SE", timezone_id="Europe/Stockholm", viewport={"width": WIDTH, "height": 900}
    )
    page = context.new_page()
    page.goto("/konto/logga-in/")
    page.fill("[name=username]", person)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(re.compile("/uppfoljningar/"))
    return page


def main(address: str, names: list[str]) -> int:
    """Take the named pictures (all when none is named) and return the exit code: 0 taken, 1 no demonstration answers."""
    try:
        urllib.request.urlopen(f"{address}/konto/logga-in/", timeout=20).close()
    except (urllib.error.URLError, OSError) as error:
        sys.stderr.write(f"Nothing answers at {address} ({error}). Start the demonstration first: make run\n")
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(playwright), args=OPTIONS)
        pages: dict[str, Page] = {}
        for picture in PICTURES:
            if names and picture.name not in names:
                continue
            if picture.person not in pages:
                pages[picture.person] = sign_in(browser, address, picture.person)
            size = save_small(take(pages[picture.person], picture), FOLDER / f"{picture.name}.png")
            sys.stdout.write(f"{picture.name}.png {size // 1024} kB\n")
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1].rstrip("/"), sys.argv[2:]))
