"""Typesetting of a document by typst, in a process of its own that ends with it.

typst keeps what it has laid out (150 MB for a thousand rows), and neither the web server nor the worker
is to grow by that. The child is given its work on standard input and nothing else: an isolated interpreter, no
environment, no settings, no open files. It is a plain process, so a worker's own child may start it.
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from riskreg.verbs.errors import Refused

CHILD = Path(__file__).resolve().parent / "typst" / "compile.py"
FONTS = Path(__file__).resolve().parent / "fonts"
SECONDS = 120
"""Seconds a document may take, by the clock and of the processor; a thousand rows take one."""
BYTES = 2 * 1024**3
"""Bytes of memory it may take; a thousand rows take a thirteenth of that."""
_ENVIRONMENT = {"RAYON_NUM_THREADS": "2", "MALLOC_TRIM_THRESHOLD_": str(128 * 1024)}
"""At most two processors, however many there are: a report is not to take them all. And glibc, left to itself, raises
that threshold as it goes and keeps what typst gives back: 25 MB of a thousand rows."""

log = logging.getLogger(__name__)


class NotSet(Refused):
    """The document could not be set; the log says why."""


def typeset(page: str, inputs: dict[str, str], *, format: str, **options: Any) -> list[bytes]:
    """Typeset the pages and return them as files (for PDF one file with all pages).

    `page` is typst's markup, `inputs` its content, as data. Raises NotSet when typst refuses it, or it takes longer
    or more memory than is allowed.
    """
    asked = {
        "page": page,
        "sys_inputs": inputs,
        "format": format,
        "font_paths": [str(FONTS)],
        "seconds": SECONDS,
        "bytes": BYTES,
        **options,
    }
    try:
        child = subprocess.run(
            [sys.executable, "-I", str(CHILD)],
            input=json.dumps(asked).encode(),
            capture_output=True,
            timeout=SECONDS,
            env=_ENVIRONMENT,
            cwd="/",
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _not_set(_("it took more than %(seconds)d seconds") % {"seconds": SECONDS}) from None
    if child.returncode < 0:
        # By the kernel: out of its time or its memory.
        raise _not_set(_("it took more time or memory than is allowed"), f"signal {-child.returncode} {child.stderr!r}")
    if child.returncode:
        raise _not_set(_("the typesetter refused it"), child.stderr.decode(errors="replace"))
    return _files(child.stdout)


def _files(told: bytes) -> list[bytes]:
    """Split the child's output (a line with each file's size, then all files) into the files."""
    sizes, _line, rest = told.partition(b"\n")
    files, start = [], 0
    for size in map(int, sizes.split()):
        files.append(rest[start : start + size])
        start += size
    return files


def _not_set(why: str, told: str = "") -> NotSet:
    log.error("A document was not set: %s. %s", why, told[:2000])
    return NotSet(_("The document could not be made: %(why)s. Try again, or take the Excel file.") % {"why": why})
