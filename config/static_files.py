"""Where static files stand: their addresses are the same for as long as the process runs, and a page names fifteen of them."""

from __future__ import annotations

from typing import Any

from django.contrib.staticfiles.storage import StaticFilesStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage


class _KeptAddresses:
    """A storage that makes the address of each file once."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._addresses: dict[str | None, str] = {}

    def url(self, name: str | None) -> str:
        """Return the file's address, as `{% static %}` asks for it. Raises ValueError for one that was not collected."""
        known = self._addresses.get(name)
        if known is None:
            known = self._addresses[name] = super().url(name)  # type: ignore[misc]
        return known


class PlainFiles(_KeptAddresses, StaticFilesStorage):
    """Files by their names, for development and tests."""


class HashedFiles(_KeptAddresses, CompressedManifestStaticFilesStorage):
    """Files by a name with their hash, so that browsers keep them for good."""
