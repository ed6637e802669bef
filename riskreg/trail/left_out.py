"""Columns of tracked records that the comparison with the history leaves out, each with its reason. The one place."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A column that the history does not hold.

    `hash_column`: the history's column with the SHA-256 of its canonical JSON; then the hash is compared instead.
    """

    why: str
    hash_column: str = ""


LEFT_OUT: dict[tuple[str, str], LeftOut] = {
    ("riskreg.user", "password"): LeftOut("A secret: not even its hash is repeated in a history that is exported."),
    ("riskreg.user", "last_login"): LeftOut("Written at every sign-in, which changes nothing of the person."),
    ("riskreg.planversion", "content"): LeftOut("Long, and written once; its hash is in the history.", "content_sha256"),
    ("controls.handedinreport", "content"): LeftOut("Long, and written once; its hash is in the history.", "content_sha256"),
    ("controls.handedinreport", "public_content"): LeftOut(
        "Long, and written once; its hash is in the history.", "public_sha256"
    ),
    ("controls.population", "profile"): LeftOut("May quote cells of single rows, and can be made again from the file."),
    ("controls.registersnapshot", "facts"): LeftOut("May quote cells of single rows, and can be made again from the file."),
}
"""By (tracked model, column). Every other column is compared; tests/trail/test_live.py knows when one is missing here."""
