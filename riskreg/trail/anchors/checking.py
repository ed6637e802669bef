"""The anchors verified: those that the register remembers, the file as it lies there now, and copies that somebody kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.x509 import Certificate

from riskreg.models.anchor import Anchor
from riskreg.trail.anchors import lines, stamps
from riskreg.trail.anchors.places import anchor_files
from riskreg.trail.anchors.posting import MOST_BYTES, NotStamped
from riskreg.trail.anchors.reasons import Reason
from riskreg.trail.anchors.signing import own_public_key
from riskreg.trail.findings import Finding, Kind
from riskreg.trail.remembered import Remembered

_DER = b"\x30"
"""The first byte of a time stamp, and of no line of JSON."""


def anchored_heads() -> Iterator[Remembered]:
    """Yield the heads that were anchored: by the register's memory, and by the files as they lie there."""
    made = Anchor.objects.filter(made_at__isnull=False).order_by("head_seq", "head_hash")
    for seq, hash_ in made.values_list("head_seq", "head_hash").distinct().iterator():
        yield Remembered(f"{seq}:{hash_}", kind=Kind.HEAD_ANCHORED)
    for path in anchor_files():
        reading = _reading(path)
        for _number, head in reading.heads if reading is not None else ():
            yield Remembered(head, kind=Kind.HEAD_ANCHORED)


def altered_anchors() -> Iterator[Finding]:
    """Yield what is wrong with the files and the time stamps themselves."""
    for path in anchor_files():
        yield from _altered_file(path)
    yield from _altered_stamps()


def known_keys() -> set[str]:
    """Return the public keys that sign for this register: this machine's, and those of anchors made before."""
    used = Anchor.objects.exclude(key="").order_by("key").values_list("key", flat=True).distinct()
    return {*used, own_public_key()} - {""}


def _altered_file(path: Path) -> Iterator[Finding]:
    rows = Anchor.objects.filter(kind=Anchor.Kind.FILE, target=str(path), made_at__isnull=False).order_by("pk")
    # Read before the file: a line that is appended meanwhile is asked of it the next time.
    written = list(rows.values_list("head_seq", "head_hash", "line_hash"))
    reading = _reading(path)
    if reading is None:
        if written:
            yield Finding(str(Kind.ANCHOR_GONE), detail=str(path))
        return
    yield from _altered_lines(reading, known_keys())
    for seq, hash_, line_hash in written:
        if line_hash not in reading.hashes:
            yield Finding(str(Kind.ANCHOR_CUT), detail=f"{seq}:{hash_}")


def _altered_lines(reading: lines.Reading, known: Iterable[str]) -> Iterator[Finding]:
    for number in sorted([*reading.altered, *reading.foreign]):
        yield Finding(str(Kind.ANCHOR_LINE), detail=str(number))
    for number in lines.unknown_keys(reading, known):
        yield Finding(str(Kind.ANCHOR_KEY), detail=str(number))


def _altered_stamps() -> Iterator[Finding]:
    try:
        roots = stamps.trusted()
    except NotStamped:
        roots = []  # the setting's own check says so; what the stamps are of can be asked all the same
    for anchor in Anchor.objects.filter(kind=Anchor.Kind.STAMP, made_at__isnull=False).order_by("pk").iterator(chunk_size=100):
        if not _is_stamped(bytes(anchor.token or b""), anchor.head_hash, roots):
            yield Finding(str(Kind.ANCHOR_STAMP), detail=anchor.head)


def _is_stamped(token: bytes, hash_: str, roots: list[Certificate]) -> bool:
    try:
        stamps.check_stamp(token, hash_, roots)
    except (NotStamped, ValueError):
        return False
    return True


def _reading(path: Path) -> lines.Reading | None:
    """Return what the file holds; None when it cannot be read."""
    try:
        with path.open("rb") as file:
            return lines.read(file)
    except OSError:
        return None


@dataclass
class KeptCopy:
    """A copy of an anchor file, or a time stamp, that somebody kept outside; `keys` are those that signed its lines."""

    heads: list[str]
    findings: list[Finding] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    stamped_at: str = ""
    is_signature_checked: bool = True


def read_kept_copy(path: Path, keys: Iterable[str] = ()) -> KeptCopy:
    """Read a kept copy of an anchor file or a time stamp. `keys`: who signs, instead of the keys that the register knows.

    Raises OSError when it cannot be read, and NotStamped when it is a time stamp that proves nothing, or neither.
    """
    with path.open("rb") as file:
        if file.peek(1)[:1] == _DER:
            return _kept_stamp(file.read(MOST_BYTES))
        reading = lines.read(file)
    if not reading.heads:
        raise NotStamped(Reason.NOT_AN_ANCHOR)
    known = set(keys) or known_keys()
    return KeptCopy([head for _number, head in reading.heads], list(_altered_lines(reading, known)), list(reading.keys))


def _kept_stamp(token: bytes) -> KeptCopy:
    hash_, roots = stamps.stamped_hash(token), stamps.trusted()
    moment = stamps.check_stamp(token, hash_, roots)
    return KeptCopy([hash_], stamped_at=moment.isoformat(), is_signature_checked=bool(roots))
