"""With HTTPS=1 the settings are those of a site that is reached over TLS only. Read in a process of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

NAMES = (
    "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "LANGUAGE_COOKIE_SECURE", "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS",
    "SESSION_COOKIE_HTTPONLY", "SESSION_COOKIE_SAMESITE", "X_FRAME_OPTIONS", "SECURE_CONTENT_TYPE_NOSNIFF", "DEBUG",
)  # fmt: skip


def settings_with(tmp_path: Path, **environment: str) -> dict[str, Any]:
    code = f"import json; from config import settings as s; print(json.dumps({{n: getattr(s, n, None) for n in {NAMES!r}}}))"
    around = {"PATH": os.environ["PATH"], "RISKREG_VAR": str(tmp_path), **environment}
    project = Path(__file__).resolve().parents[2]
    said = subprocess.run([sys.executable, "-c", code], env=around, cwd=project, capture_output=True, text=True, check=True)
    return dict(json.loads(said.stdout))


def test_https_makes_every_cookie_secure_and_redirects(tmp_path: Path) -> None:
    secure = settings_with(tmp_path, HTTPS="1")
    assert all(secure[f"{cookie}_COOKIE_SECURE"] for cookie in ("SESSION", "CSRF", "LANGUAGE"))
    assert secure["SECURE_SSL_REDIRECT"]
    assert secure["SECURE_HSTS_SECONDS"] >= 31_536_000


def test_without_any_variable_nothing_is_in_debug(tmp_path: Path) -> None:
    plain = settings_with(tmp_path)
    assert not plain["DEBUG"]
    assert plain["SESSION_COOKIE_HTTPONLY"]
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0
