"""Time stamps by RFC 3161: a service that the municipality does not run signs that it saw a seal's hash, and when.

What is stamped is the seal's statement (docs/trail.md), whose SHA-256 is the seal's hash; so that

    openssl ts -verify -digest 9f3a… -in head-17.tsr -CAfile the-services-root.pem

needs nothing of the product.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

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

from riskreg.trail.anchors.posting import NotStamped, post
from riskreg.trail.anchors.reasons import Reason

SHA256 = ObjectIdentifier("2.16.840.1.101.3.4.2.1")


def request_stamp(url: str, statement: str, hash_: str) -> bytes:
    """Ask the service for a stamp of a seal's statement, and return its answer (DER) when it proves the hash.

    Raises NotStamped.
    """
    roots = trusted()
    if not roots:
        raise NotStamped(Reason.NO_ROOTS)
    asked = (
        TimestampRequestBuilder()
        .data(statement.encode("utf-8"))
        .hash_algorithm(HashAlgorithm.SHA256)
        .nonce(nonce=True)
        .cert_request(cert_request=True)
        .build()
    )
    if asked.message_imprint.message != bytes.fromhex(hash_):
        raise NotStamped(Reason.SEAL_CHANGED)
    answer = post(url, asked.as_bytes())
    check_stamp(answer, hash_, roots, nonce=asked.nonce)
    return answer


def check_stamp(token: bytes, hash_: str, roots: list[Certificate], nonce: int | None = None) -> datetime:
    """Return the moment at which the service saw the hash. Raises NotStamped.

    Signature and certificates are checked against the roots; without roots only that the stamp is of the hash.
    """
    found = _decoded(token)
    if found.tst_info.message_imprint.message != bytes.fromhex(hash_):
        raise NotStamped(Reason.OTHER_HASH)
    if roots:
        builder = VerifierBuilder(roots=list(roots), nonce=nonce)
        try:
            builder.build().verify(found, bytes.fromhex(hash_))
        except (VerificationError, ValueError) as problem:
            raise NotStamped(Reason.NOT_VERIFIED, str(problem)) from None
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
        raise NotStamped(Reason.BAD_ROOTS, str(problem)) from None


def _decoded(token: bytes) -> TimeStampResponse:
    try:
        found = decode_timestamp_response(token)
        if found.status != PKIStatus.GRANTED:
            raise NotStamped(Reason.REFUSED, " ".join(found.status_string))
        if found.tst_info.message_imprint.hash_algorithm != SHA256:
            raise NotStamped(Reason.NO_SHA256)
    except ValueError as problem:
        raise NotStamped(Reason.NO_STAMP, str(problem)) from None
    return found
