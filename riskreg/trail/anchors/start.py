"""The system check of TRAIL_ANCHOR: what can be seen at the start to be wrong is said then, not the next night."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning

from riskreg.models.anchor import Anchor
from riskreg.trail.anchors import stamps
from riskreg.trail.anchors.places import anchor_files, places
from riskreg.trail.anchors.posting import NotStamped
from riskreg.trail.anchors.signing import KeyUnusable, signing_key

_PAGE = "See docs/trail-anchors.md."


def check_anchors(app_configs: Any = None, **_: Any) -> list[CheckMessage]:
    """Return errors for what can never work, and warnings for a folder that is not there: a share may come back."""
    found: list[CheckMessage] = []
    if any(place.kind == Anchor.Kind.STAMP for place in places()):
        found += _without_roots()
    files = anchor_files()
    if files and Path(settings.TRAIL_ANCHOR_KEY).exists():
        found += _without_key()
    for path in files:
        if not path.parent.is_dir() or not os.access(path if path.exists() else path.parent, os.W_OK):
            said = f"TRAIL_ANCHOR: {path} cannot be written. The trail is sealed all the same, but not anchored there."
            found.append(Warning(said, hint=f"Make the folder, or mount the share. {_PAGE}", id="riskreg.W101"))
    return found


def _without_roots() -> list[CheckMessage]:
    said = ""
    try:
        if not stamps.trusted():
            said = "TRAIL_ANCHOR names a time-stamping service, and TRAIL_ANCHOR_CA is not set."
    except NotStamped as problem:
        said = str(problem)
    hint = f"Set TRAIL_ANCHOR_CA to a file with the service's root certificate (PEM). {_PAGE}"
    return [Error(said, hint=hint, id="riskreg.E101")] if said else []


def _without_key() -> list[CheckMessage]:
    try:
        signing_key()
    except KeyUnusable as problem:
        hint = f"Restore the file from the backup, or name another one. {_PAGE}"
        return [Error(f"TRAIL_ANCHOR_KEY: {settings.TRAIL_ANCHOR_KEY} is no key: {problem}", hint=hint, id="riskreg.E102")]
    return []
