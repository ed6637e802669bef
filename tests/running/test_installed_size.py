"""The size that README and the start tell is that of the packages which are installed here."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest

from config import bootstrap

pytestmark = pytest.mark.one_engine
NOT_PACKAGES = 0.7
"""At least so much of the size are the packages' files; the rest are pip, and what is compiled at the first start."""


def megabytes_of(locked: Path) -> float:
    """Return the size of the locked packages' files, of those that this machine needs."""
    size = 0
    for name in re.findall(r"^([\w.-]+)(?:\[.*\])?==", locked.read_text(encoding="utf-8"), re.MULTILINE):
        try:
            files = distribution(name).files or []
        except PackageNotFoundError:
            continue
        size += sum(Path(str(file.locate())).stat().st_size for file in files if Path(str(file.locate())).is_file())
    return size / 2**20


@pytest.mark.parametrize("purpose", bootstrap.REQUIREMENTS)
def test_the_size_that_is_told_is_true(purpose: str) -> None:
    told = bootstrap.INSTALLED_MEGABYTES[purpose]
    assert NOT_PACKAGES * told <= megabytes_of(bootstrap.ROOT / bootstrap.REQUIREMENTS[purpose]) <= told
    assert f"{told:,} MB" in (bootstrap.ROOT / "README.md").read_text(encoding="utf-8")
    assert bootstrap.FREE_MEGABYTES[purpose] >= told + 200
