"""What the installation keeps is its own account's alone, whatever the umask; what was wider is mended and said."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from config.private_files import mend, private_places, say_what_was_mended

ROOT = Path(__file__).resolve().parents[2]
WRITES_EVERYTHING = """
import os
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.mail import send_mail
from django.db import connection
connection.cursor().execute("CREATE TABLE a (b)")
default_storage.save("evidence/a/b.txt", ContentFile(b"x"))
send_mail("A new password", "A link", "from@example.org", ["to@example.org"])
assert {"media", "mail", "riskreg.sqlite3", "secret_key"} <= set(os.listdir(os.environ["RISKREG_VAR"]))
"""


def open_to_others(folder: Path) -> list[str]:
    """Return what in the folder, itself included, anybody but its owner has a right to."""
    return [str(path) for path in [folder, *folder.rglob("*")] if not path.is_symlink() and path.stat().st_mode & 0o077]


def test_what_a_command_writes_is_private_under_any_umask(tmp_path: Path) -> None:
    var = tmp_path / "var"
    bare = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    subprocess.run(
        [sys.executable, "manage.py", "shell", "--verbosity", "0", "--command", WRITES_EVERYTHING],
        cwd=ROOT,
        env={**bare, "RISKREG_VAR": str(var)},
        umask=0,
        check=True,
        timeout=60,
    )
    assert open_to_others(var) == []


@pytest.fixture
def wide(tmp_path: Path) -> Path:
    """A folder as an earlier version left it."""
    var = tmp_path / "var"
    (var / "media" / "evidence").mkdir(parents=True)
    for name in ("riskreg.sqlite3", "media/evidence/a.pdf"):
        (var / name).write_text("x")
        (var / name).chmod(0o664)
    for folder in (var, var / "media", var / "media" / "evidence"):
        folder.chmod(0o755)
    return var


def test_what_was_wider_is_mended_once_and_said(wide: Path) -> None:
    mended = mend([wide, wide / "media"])
    assert len(mended) == 5
    assert open_to_others(wide) == []
    assert (wide / "media").stat().st_mode & 0o777 == 0o700
    assert (wide / "riskreg.sqlite3").stat().st_mode & 0o777 == 0o600
    assert say_what_was_mended(mended) == f"Other accounts of this machine could read {wide} and 4 more. They no longer can."
    assert say_what_was_mended(mend([wide])) == ""


def test_a_link_and_what_it_leads_to_are_left(wide: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.txt"
    elsewhere.write_text("x")
    elsewhere.chmod(0o644)
    (wide / "link").symlink_to(elsewhere)
    assert wide / "link" not in mend([wide])
    assert elsewhere.stat().st_mode & 0o777 == 0o644


def test_what_goes_meanwhile_is_gone(wide: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.private_files._all_below", lambda _places: iter([wide / "gone", wide]))
    assert mend([wide]) == [wide]


def test_the_key_of_the_anchors_is_private_wherever_it_lies(tmp_path: Path, settings: Any) -> None:
    key = tmp_path / "elsewhere"
    key.write_text("x")
    key.chmod(0o644)
    settings.TRAIL_ANCHOR_KEY = str(key)
    assert key in mend(private_places())
    assert open_to_others(key) == []
