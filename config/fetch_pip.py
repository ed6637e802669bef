"""Fetch pip's wheel from the configured package index, verify it, and install it into .venv.

The last resort of config/bootstrap.py, for a Python without ensurepip and without pip. It
runs on .venv's own interpreter, with the standard library only.

    .venv/bin/python config/fetch_pip.py .venv
"""

from __future__ import annotations

import configparser
import hashlib
import os
import ssl
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urldefrag, urljoin, urlsplit
from urllib.request import Request, urlopen

WHEEL = "pip-26.3-py3-none-any.whl"
SHA256 = "f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13"
CONFIGURATION = ["/etc/pip.conf", "/etc/xdg/pip/pip.conf", "~/.pip/pip.conf", "~/.config/pip/pip.conf"]
TIMEOUT = 60


class Links(HTMLParser):
    """Parser of the href of every link on an index page (PEP 503)."""

    def __init__(self) -> None:
        super().__init__()
        self.hrefs: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.hrefs += [value for name, value in attrs if name == "href" and value]


def setting(name: str, default: str = "") -> str:
    """Return one of pip's settings: from its environment variable, else from its files, the last one winning."""
    from_environment = os.environ.get("PIP_" + name.upper().replace("-", "_"))
    if from_environment:
        return from_environment
    parser = configparser.RawConfigParser()
    parser.read([os.path.expanduser(path) for path in [*CONFIGURATION, os.environ.get("PIP_CONFIG_FILE", "")] if path])
    return parser.get("global", name, fallback=default)


def index_pages() -> list[str]:
    """Return the addresses of pip's pages in the configured indexes."""
    bases = [setting("index-url", "https://pypi.org/simple"), *setting("extra-index-url").split()]
    pages = [base.rstrip("/") + "/pip/" for base in bases]
    return [page + "index.html" if urlsplit(page).scheme == "file" else page for page in pages]


def read(url: str) -> bytes:
    """Read the address, with pip's own certificate if one is set."""
    certificate = setting("cert") or None
    context = ssl.create_default_context(cafile=certificate) if url.startswith("https:") else None
    request = Request(url, headers={"Accept": "text/html"})  # noqa: S310 - the index is the installation's own setting
    with urlopen(request, timeout=TIMEOUT, context=context) as answer:  # noqa: S310
        content: bytes = answer.read()
    return content


def fetch_wheel() -> bytes:
    """Fetch the wheel's bytes, verified against the pinned hash."""
    reasons = []
    for page in index_pages():
        try:
            links = Links()
            links.feed(read(page).decode("utf-8", "replace"))
            for href in links.hrefs:
                url = urldefrag(urljoin(page, href)).url
                if url.rsplit("/", 1)[-1] == WHEEL:
                    content = read(url)
                    if hashlib.sha256(content).hexdigest() == SHA256:
                        return content
                    reasons.append(f"{url}: hash differs from the pinned one")
        except OSError as error:
            reasons.append(f"{page}: {error}")
    raise SystemExit(f"pip ({WHEEL}) could not be fetched:\n" + "\n".join(reasons or ["not on the index"]))


def main(environment: Path) -> None:
    """Fetch the wheel and install it into the environment."""
    wheel = environment / WHEEL
    wheel.write_bytes(fetch_wheel())
    options = ["--no-index", "--no-deps", "--disable-pip-version-check"]
    command = [sys.executable, str(wheel / "pip"), "install", *options, str(wheel)]
    answer = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    wheel.unlink()
    if answer.returncode != 0:
        raise SystemExit(answer.stdout)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
