"""The places outside the register where the setting TRAIL_ANCHOR wants the head of the trail anchored."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings

from riskreg.models.anchor import Anchor


@dataclass(frozen=True, slots=True)
class Place:
    """A place: its kind (`Anchor.Kind`), and the path of the file or the address of the time-stamping service."""

    kind: str
    target: str

    @property
    def label(self) -> str:
        return str(Anchor.Kind(self.kind).label)

    @property
    def shown(self) -> str:
        """Return the target as people may read it: an address without its query and its name and password, which may be keys."""
        if self.kind != Anchor.Kind.STAMP:
            return self.target
        parts = urlsplit(self.target)
        host = parts.netloc.rpartition("@")[2]
        return f"{parts.scheme}://{host}{parts.path}" + ("?…" if parts.query else "")


def places() -> list[Place]:
    """Return the places of the setting, in its order."""
    return [Place(kind, target) for kind, target in settings.TRAIL_ANCHOR]


def anchor_files() -> list[Path]:
    """Return the append-only files of the setting."""
    return [Path(place.target) for place in places() if place.kind == Anchor.Kind.FILE]
