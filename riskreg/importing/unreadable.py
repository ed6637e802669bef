"""The reasons why a file could not be read; `unreadable_words` says them, and what to do next."""

from __future__ import annotations

EXTENSIONS = ("docx", "xlsx", "xls", "ods", "csv", "pdf", "json")


class UnreadableFile(Exception):
    """The file holds no tables that can be read. `code` is stable; `message` is translated when it is shown."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.values: dict[str, object] = {
            "filename": "",
            "extension": "",
            "allowed": ", ".join(f".{name}" for name in EXTENSIONS),
            "limit": "",
            "size": "",
            "detail": "",
            **values,
        }

    @property
    def message(self) -> str:
        # Only here: a process that reads a file has no words to say, and starts in half the time without them.
        from .unreadable_words import reason_in_words

        return reason_in_words(self.code, self.values)

    def __str__(self) -> str:
        return self.message
