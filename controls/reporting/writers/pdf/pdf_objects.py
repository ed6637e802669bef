"""A PDF by typst as its objects, and back: typst writes each in plain text, in order, with one table of their places.

Pure: bytes in, bytes out. What is not written that way is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_ENTRY = re.compile(rb"(\d{10}) 00000 n\r\n")


class NotAsExpected(ValueError):
    """The PDF is not written the way that this module knows: another typst, most likely."""


def taken_apart(pdf: bytes) -> tuple[bytes, list[bytes], bytes]:
    """What stands before the objects, the objects by their numbers (the first is 1), and the trailer. Raises NotAsExpected."""
    _before, word, table = pdf.rpartition(b"\nxref\n")
    places = [int(found[1]) for found in _ENTRY.finditer(table)]
    trailer = table.find(b"trailer\n")
    if not word or trailer < 0 or places != sorted(places) or not places:
        raise NotAsExpected("no table of places, or objects that do not stand in their order")
    ends = [*places[1:], len(pdf) - len(table) - len(b"xref\n")]
    objects = [pdf[start:end] for start, end in zip(places, ends, strict=True)]
    if not all(one.startswith(b"%d 0 obj\n" % number) for number, one in enumerate(objects, 1)):
        raise NotAsExpected("an object does not stand in its place")
    return pdf[: places[0]], objects, table[trailer:]


def put_together(head: bytes, objects: Sequence[bytes], trailer: bytes) -> bytes:
    def entries() -> Iterator[bytes]:
        place = len(head)
        for one in objects:
            yield b"%010d 00000 n\r\n" % place
            place += len(one)

    size = sum(map(len, objects)) + len(head)
    table = b"xref\n0 %d\n0000000000 65535 f\r\n%s" % (len(objects) + 1, b"".join(entries()))
    trailer = re.sub(rb"(?<=/Size )\d+", b"%d" % (len(objects) + 1), trailer, count=1)
    return b"".join((head, *objects, table, re.sub(rb"(?<=startxref\n)\d+", b"%d" % size, trailer)))
