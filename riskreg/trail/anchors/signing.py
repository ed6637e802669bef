"""The key that signs the lines of an anchor file: Ed25519, made at the first line, in a file that only the product reads.

A signature shows that a line was written by who holds the key, so that whoever can write to the file (on a share, say) but
has not the machine cannot make lines. Whoever has the machine has the key; against them help only copies kept elsewhere.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat, load_pem_private_key
from django.conf import settings


class KeyUnusable(Exception):
    """The file of the key holds no Ed25519 key, or cannot be read or made."""


def signing_key() -> Ed25519PrivateKey:
    """Return the key, made if there is none yet. Raises KeyUnusable."""
    path = Path(settings.TRAIL_ANCHOR_KEY)
    try:
        if not path.exists():
            _make(path)
        return _read(path)
    except (OSError, ValueError, TypeError) as problem:
        raise KeyUnusable(str(problem)) from problem


def own_public_key() -> str:
    """Return the public half of the key in hexadecimal; '' when there is no usable key here."""
    try:
        return public_half(_read(Path(settings.TRAIL_ANCHOR_KEY)))
    except (OSError, ValueError, TypeError):
        return ""


def public_half(key: Ed25519PrivateKey) -> str:
    """Return the 32 bytes of the public key in hexadecimal."""
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


def is_signed(text: str, signature: str, public_key: str) -> bool:
    """Return whether the signature (hexadecimal) is one of the text by the key."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key)).verify(bytes.fromhex(signature), text.encode("utf-8"))
    except (InvalidSignature, ValueError):
        return False
    return True


def _read(path: Path) -> Ed25519PrivateKey:
    key = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError(f"{path} holds no Ed25519 key.")
    return key


def _make(path: Path) -> None:
    """Write a new key. Of two that make one at once the first one's stays: it appears whole, by a link."""
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    number = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(number)
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
