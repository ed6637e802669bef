"""The addresses of static files are made once, and are those that the storage below makes."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.test import override_settings
from whitenoise.storage import CompressedManifestStaticFilesStorage

from config.static_files import HashedFiles, PlainFiles

pytestmark = pytest.mark.one_engine
NAME = "riskreg/css/å base.css"


def test_plain_files_have_their_names(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str | None] = []
    plain = StaticFilesStorage.url

    def watched(self: StaticFilesStorage, name: str | None) -> str:
        asked.append(name)
        return plain(self, name)

    monkeypatch.setattr(StaticFilesStorage, "url", watched)
    files = PlainFiles()
    assert files.url(NAME) == files.url(NAME) == plain(files, NAME)
    assert files.url("another.css") != files.url(NAME)
    assert asked == [NAME, "another.css"]


def test_hashed_files_have_the_names_of_the_manifest_and_unknown_ones_are_refused(tmp_path: Path) -> None:
    (tmp_path / "staticfiles.json").write_text(
        '{"paths": {"a.css": "a.123.css"}, "version": "1.1", "hash": "x"}', encoding="utf-8"
    )
    with override_settings(DEBUG=False, STATIC_ROOT=str(tmp_path)):
        files, below = HashedFiles(), CompressedManifestStaticFilesStorage()
        assert files.url("a.css") == files.url("a.css") == below.url("a.css")
        assert files.url("a.css").endswith("a.123.css")
        for _turn in range(2):
            with pytest.raises(ValueError, match=r"b\.css"):
                files.url("b.css")
