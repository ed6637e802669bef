"""Encryption of a backup, in the format of `openssl enc`, so that it can be opened without the product.

    openssl enc -d -aes-256-cbc -pbkdf2 -iter 600000 -md sha256 -in FILE -out backup.tar

AES comes from the library `cryptography`, the key from the passphrase by PBKDF2. The format itself would not notice a
change: so the archive's list of contents, which holds a hash of everything, carries an HMAC whose key is derived beside the
cipher's (config/backup/archive.py).
"""

from __future__ import annotations

import hashlib
import io
import os
from typing import TYPE_CHECKING, BinaryIO

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from config.backup.errors import wrong_passphrase

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MAGIC = b"Salted__"
SALT_BYTES = 8
ROUNDS = 600_000
"""Of PBKDF2 with SHA-256, as OWASP asks (Password Storage Cheat Sheet, 2023); openssl's own default is 10,000."""
PIECE = 1 << 20
_BLOCK = 128
"""The cipher's block, in bits."""


class Keys:
    """The keys that a passphrase and a salt give: the cipher's as `openssl enc` derives them, and after them the HMAC's."""

    def __init__(self, passphrase: str, salt: bytes) -> None:
        derived = hashlib.pbkdf2_hmac("sha256", passphrase.encode(), salt, ROUNDS, dklen=96)
        self.cipher = Cipher(algorithms.AES(derived[:32]), modes.CBC(derived[32:48]))
        # A whole block of PBKDF2's output of its own: nothing of the cipher's key is in it.
        self.for_hmac = derived[64:]


class Encrypted:
    """A file being encrypted while it is written. `finish` writes its end; without it the file cannot be opened."""

    def __init__(self, file: BinaryIO, passphrase: str) -> None:
        salt = os.urandom(SALT_BYTES)
        keys = Keys(passphrase, salt)
        self.hmac_key = keys.for_hmac
        self._file, self._encryptor, self._padder = file, keys.cipher.encryptor(), PKCS7(_BLOCK).padder()
        file.write(MAGIC + salt)

    def write(self, data: bytes) -> int:
        self._file.write(self._encryptor.update(self._padder.update(data)))
        return len(data)

    def finish(self) -> None:
        self._file.write(self._encryptor.update(self._padder.finalize()) + self._encryptor.finalize())


class Decrypted(io.RawIOBase):
    """An encrypted file while it is read. Raises BadArchive at its end when that is not the one that was written."""

    def __init__(self, file: BinaryIO, passphrase: str) -> None:
        super().__init__()
        head = file.read(len(MAGIC) + SALT_BYTES)
        keys = Keys(passphrase, head[len(MAGIC) :])
        self.hmac_key = keys.for_hmac
        self._file, self._decryptor, self._unpadder = file, keys.cipher.decryptor(), PKCS7(_BLOCK).unpadder()
        self._waiting = memoryview(b"")
        self._ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        wanted = memoryview(buffer).cast("B")
        while not self._waiting and not self._ended:
            self._waiting = memoryview(self._next())
        given = self._waiting[: len(wanted)]
        wanted[: len(given)] = given
        self._waiting = self._waiting[len(given) :]
        return len(given)

    def _next(self) -> bytes:
        piece = self._file.read(PIECE)
        if piece:
            return self._unpadder.update(self._decryptor.update(piece))
        self._ended = True
        try:
            return self._unpadder.update(self._decryptor.finalize()) + self._unpadder.finalize()
        except ValueError:
            raise wrong_passphrase() from None


def is_encrypted(file: BinaryIO) -> bool:
    """Return whether the file begins as an encrypted one, which leaves it at its beginning."""
    found = file.read(len(MAGIC)) == MAGIC
    file.seek(0)
    return found
