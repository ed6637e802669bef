"""What somebody does to the file of anchored heads, and to the seals."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

from django.utils import timezone

from riskreg.models import Anchor, Seal, SealedRow
from riskreg.trail.seals import seal


def raw(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines()


def make_all_seals_again() -> None:
    """What somebody with the database's password can do: everything at once, consistent in itself."""
    SealedRow.objects.all().delete()
    Seal.objects.all().delete()
    Anchor.objects.all().delete()
    assert seal(timezone.now() + timedelta(seconds=1))


def change_the_time(log: Path) -> None:
    first, *rest = log.read_bytes().splitlines(keepends=True)
    line = json.loads(first)
    line["at"] = "2025-01-01T00:00:00.000000Z"
    log.write_bytes(json.dumps(line, sort_keys=True, separators=(",", ":")).encode() + b"\n" + b"".join(rest))
