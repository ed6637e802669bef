"""Putting a restored installation in place: a list of renames that is written down first, and can be gone on with.

Everything is ready, and proven, before the first step. Each step is done or not, never half, and doing the list again from the
beginning does what is left of it. So a crash leaves either what was there, or a marker that the product refuses to start
on, and that `manage.py restore` finishes.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from config.backup import disk, media
from config.backup.marker import MARKER, marker
from config.backup.schemas import Schemas, exchange


@dataclass(frozen=True)
class Plan:
    """What is to be done, in this order."""

    archive: str
    """Which backup it is: the hash of its list of contents."""
    moves: list[tuple[str, str]]
    schemas: Schemas | None
    kept: list[str]
    """Where what was there before lies afterwards, in words for the one who restores."""
    thrown_away: list[str]
    """What is removed at the end: what was there before, when there was nothing in it."""


def write_down(plan: Plan) -> None:
    """Write the plan to the disk: from here on it is done, if need be by the next restore."""
    part = marker().with_name(f"{MARKER}.part")
    disk.remove(part)
    with disk.create(part) as file:
        file.write(json.dumps(asdict(plan), indent=1).encode())
        disk.flush(file)
    disk.move(part, marker())


def under_way() -> Plan | None:
    """Return the plan that a crash left unfinished; None when there is none."""
    try:
        stated = json.loads(marker().read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    schemas = Schemas(**stated["schemas"]) if stated["schemas"] else None
    moves = [(str(source), str(target)) for source, target in stated["moves"]]
    return Plan(stated["archive"], moves, schemas, stated["kept"], stated["thrown_away"])


def carry_out(plan: Plan) -> None:
    """Do what is left of the plan, and remove the marker."""
    for source, target in ((Path(source), Path(target)) for source, target in plan.moves):
        if _is_staged(source) and source.exists() and target.exists():
            # Made meanwhile by somebody who did not ask; a staged name is there only until its own step is done.
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
        # Where the target is there already, the step was done before the crash, and what bears the source's name now is new.
        if (source.exists() or source.is_symlink()) and not target.exists():
            disk.make_folder(target.parent)
            disk.move(source, target)
    if plan.schemas is not None:
        exchange(plan.schemas)
    for name in plan.thrown_away:
        disk.remove(Path(name))
    disk.remove(media.root() / media.STAGE)
    marker().unlink()
    disk.flush_folder(marker().parent)


def _is_staged(source: Path) -> bool:
    return source.name.endswith(media.STAGE) or source.parent.name == media.STAGE


def moves_of_files(kept: Path) -> list[tuple[str, str]]:
    """Return the moves by which the staged files take the place of those that are there."""
    top, stage = media.root(), media.root() / media.STAGE
    old = [name for name in _names(top) if not media.is_ours(name)]
    return [(str(top / name), str(kept / name)) for name in old] + [
        (str(stage / name), str(top / name)) for name in _names(stage)
    ]


def _names(folder: Path) -> Iterable[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
