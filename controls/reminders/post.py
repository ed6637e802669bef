"""The connection to the mail server: one for many letters, with the server's answer in words that can be stored."""

from __future__ import annotations

import smtplib
from types import TracebackType
from typing import Any

from django.core.mail import EmailMultiAlternatives, get_connection


class Refusal(Exception):
    """The server's refusal of one letter. is_final: the server says that it will never take it (5xx)."""

    def __init__(self, answer: str, *, is_final: bool) -> None:
        super().__init__(answer)
        self.is_final = is_final


class Unreachable(Exception):
    """The server cannot be spoken to: no letter can be sent now."""


class Post:
    """A context: the connection is opened for the first letter and closed at the end."""

    def __init__(self) -> None:
        self._backend: Any = None
        self._answer = ""

    def __enter__(self) -> Post:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._close()

    def send(self, message: EmailMultiAlternatives) -> str:
        """Send the message and return the server's answer. Raises Refusal, Unreachable."""
        backend = self._connection()
        self._answer = ""
        try:
            backend.send_messages([message])
        except smtplib.SMTPRecipientsRefused as refusal:
            code, words = next(iter(refusal.recipients.values()))
            raise Refusal(_words(code, words), is_final=code >= 500) from refusal
        except smtplib.SMTPServerDisconnected as trouble:
            # Was it this letter, or is the server gone? The next one finds out.
            self._close()
            raise Refusal(_words_of(trouble), is_final=False) from trouble
        except smtplib.SMTPResponseException as refusal:
            self._close()
            # A sender that is refused is a fault of the configuration, and passes when that is mended.
            is_final = refusal.smtp_code >= 500 and not isinstance(refusal, smtplib.SMTPSenderRefused)
            raise Refusal(_words(refusal.smtp_code, refusal.smtp_error), is_final=is_final) from refusal
        except (smtplib.SMTPException, OSError) as trouble:
            self._close()
            raise Refusal(_words_of(trouble), is_final=False) from trouble
        except ValueError as trouble:
            # An address or a header that cannot be written (a line break in it, for instance).
            raise Refusal(_words_of(trouble), is_final=True) from trouble
        return self._answer or type(backend).__module__.rpartition(".")[2]

    def _connection(self) -> Any:
        if self._backend is not None:
            return self._backend
        backend: Any = get_connection()
        try:
            backend.open()
        except (smtplib.SMTPException, OSError) as trouble:
            raise Unreachable(_words_of(trouble)) from trouble
        if isinstance(getattr(backend, "connection", None), smtplib.SMTP):
            self._listen(backend.connection)
        self._backend = backend
        return backend

    def _listen(self, smtp: smtplib.SMTP) -> None:
        """Capture the server's answer to a letter's text, which smtplib drops on success."""
        send_data = smtp.data

        def data(text: Any) -> tuple[int, bytes]:
            code, words = send_data(text)
            self._answer = _words(code, words)
            return code, words

        smtp.data = data  # type: ignore[method-assign,assignment]

    def _close(self) -> None:
        backend, self._backend = self._backend, None
        if backend is not None:
            try:
                backend.close()
            except (smtplib.SMTPException, OSError):
                return


def _words(code: int, words: bytes | str) -> str:
    text = words.decode(errors="replace") if isinstance(words, bytes) else words
    return f"{code} {' '.join(text.split())}".replace("\0", "")


def _words_of(trouble: BaseException) -> str:
    if isinstance(trouble, smtplib.SMTPResponseException):
        return _words(trouble.smtp_code, trouble.smtp_error)
    return f"{type(trouble).__name__}: {' '.join(str(trouble).split())}".replace("\0", "")
