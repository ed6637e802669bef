"""Time stamps by RFC 3161: a service that the municipality does not run signs that it saw a seal's hash, and when.

What is stamped is the seal's statement (docs/trail.md), whose SHA-256 is the seal's hash; so that

    openssl ts -verify -digest 9f3a… -in head-17.tsr -CAfile the-services-root.pem

needs nothing of the product.
"""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from datetime import datetime
from http.client import HTTPException
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from cryptography.x509 import Certificate, ObjectIdentifier, load_pem_x509_certificates
from django.conf import settings
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)
from rfc3161_client.tsp import PKIStatus

SECONDS = 20.0
"""Seconds to wait for one answer of the network."""
SECONDS_IN_ALL = 60.0
MOST_BYTES = 65_536
"""A stamp with its certificates is a tenth of that."""
SHA256 = ObjectIdentifier("2.16.840.1.101.3.4.2.1")
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_SENT, _ANSWERED = "application/timestamp-query", "application/timestamp-reply"


class NotStamped(Exception):
    """There is no stamp, or it does not prove what it should; why."""


def request_stamp(url: str, statement: str, hash_: str) -> bytes:
    """Ask the service for a stamp of a seal's statement, and return its answer (DER) when it proves the hash.

    Raises NotStamped.
    """
    roots = trusted()
    if not roots:
        raise NotStamped("TRAIL_ANCHOR_CA is not set: a stamp that nobody vouches for proves nothing")
    asked = (
        TimestampRequestBuilder()
        .data(statement.encode("utf-8"))
        .hash_algorithm(HashAlgorithm.SHA256)
        .nonce(nonce=True)
        .cert_request(cert_request=True)
        .build()
    )
    if asked.message_imprint.message != bytes.fromhex(hash_):
        raise NotStamped("the seal's hash is not that of what it states")
    answer = _post(url, asked.as_bytes())
    check_stamp(answer, hash_, roots, nonce=asked.nonce)
    return answer


def check_stamp(token: bytes, hash_: str, roots: list[Certificate], nonce: int | None = None) -> datetime:
    """Return the moment at which the service saw the hash. Raises NotStamped.

    Signature and certificates are checked against the roots; without roots only that the stamp is of the hash.
    """
    found = _decoded(token)
    if found.tst_info.message_imprint.message != bytes.fromhex(hash_):
        raise NotStamped("the stamp is of another hash")
    if roots:
        builder = VerifierBuilder(roots=list(roots), nonce=nonce)
        try:
            builder.build().verify(found, bytes.fromhex(hash_))
        except (VerificationError, ValueError) as problem:
            raise NotStamped(str(problem)) from None
    return found.tst_info.gen_time


def stamped_hash(token: bytes) -> str:
    """Return the hash that a stamp is of. Raises NotStamped."""
    return _decoded(token).tst_info.message_imprint.message.hex()


def trusted() -> list[Certificate]:
    """Return the certificates of TRAIL_ANCHOR_CA; none when the setting is empty. Raises NotStamped."""
    if not settings.TRAIL_ANCHOR_CA:
        return []
    try:
        return load_pem_x509_certificates(Path(settings.TRAIL_ANCHOR_CA).read_bytes())
    except (OSError, ValueError) as problem:
        raise NotStamped(f"TRAIL_ANCHOR_CA: {problem}") from None


def _decoded(token: bytes) -> TimeStampResponse:
    try:
        found = decode_timestamp_response(token)
        if found.status != PKIStatus.GRANTED:
            raise NotStamped(" ".join(["the service refused:", *found.status_string]))
        if found.tst_info.message_imprint.hash_algorithm != SHA256:
            raise NotStamped("the stamp is of no SHA-256")
    except ValueError as problem:
        raise NotStamped(f"no time stamp: {problem}") from None
    return found


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """An answer from elsewhere is none: the address is the operator's choice."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


def _post(url: str, query: bytes) -> bytes:
    """Send the query and return the answer. TLS is verified; the answer is limited in time and size."""
    began = time.monotonic()
    if urlsplit(url).scheme != "https" and urlsplit(url).hostname not in LOOPBACK:
        raise NotStamped("only https")
    request = urllib.request.Request(url, query, {"Content-Type": _SENT, "Accept": _ANSWERED})  # noqa: S310
    opener = urllib.request.build_opener(_NoRedirects())
    try:
        with opener.open(request, timeout=SECONDS) as response:
            if response.headers.get_content_type() != _ANSWERED:
                raise NotStamped(f"the answer is {response.headers.get_content_type()}, not {_ANSWERED}")
            return _limited(response, began)
    except urllib.error.HTTPError as problem:
        problem.close()
        raise NotStamped(f"the service answered {problem.code}") from None
    except (OSError, HTTPException) as problem:
        raise NotStamped(f"the service cannot be reached: {problem}"[:200]) from None


def _limited(response: IO[bytes], began: float) -> bytes:
    answer = b""
    while piece := response.read1(MOST_BYTES):  # type: ignore[attr-defined]
        answer += piece
        if len(answer) > MOST_BYTES:
            raise NotStamped("the answer is too long")
        if time.monotonic() - began > SECONDS_IN_ALL:
            raise NotStamped("the answer took too long")
    return answer
