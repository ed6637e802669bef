"""Throttle of attempts: failed sign-ins and requested resets, counted in the cache for a quarter of an hour.

Guesses are counted by the account that was typed, whether there is one or not, so that a pause tells nothing. A browser
that has signed in to an account before has a count of its own (its device cookie): strangers who guess cannot shut the
owner out, and a stolen browser cannot guess for ever. Guesses over many accounts are counted by the address they come from.
"""

from __future__ import annotations

import hashlib
import ipaddress
import logging
import secrets
import unicodedata
from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.core.cache import cache
from django.http import HttpRequest, HttpResponseBase
from redis.exceptions import RedisError

WINDOW = 15 * 60
"""Seconds; a count ends so long after its first attempt, whatever comes meanwhile."""
MOST_AT_ACCOUNT = 10
MOST_FROM_ADDRESS = 100
"""A municipality's people may come from one address, and forget their passwords after the summer."""
MOST_RESETS = 3
DEVICE_COOKIE = "riskreg_device"
DEVICE_AGE = 180 * 24 * 3600
_SALT = "riskreg.attempts.device"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at an account, from a device that it knows or does not."""

    account: str
    """A digest of the e-mail address as typed, case and blanks aside."""
    device: str
    """The device's own name, when it has signed in to this account before; else empty."""
    address: str

    @classmethod
    def of(cls, request: HttpRequest, email: str) -> Attempt:
        account = digest_of(email)
        return cls(account, _device(request, account), address_of(request))

    @property
    def _at_account(self) -> str:
        return f"attempts:device:{self.device}" if self.device else f"attempts:account:{self.account}"

    def begins_change(self) -> bool:
        """Count an attempt to change the signed-in user's password; return False when there were too many."""
        return _increment(f"attempts:change:{self.account}") <= MOST_AT_ACCOUNT

    def changed(self) -> None:
        _forget(f"attempts:change:{self.account}")

    @property
    def _from_address(self) -> str:
        return f"attempts:address:{self.address}"

    def begins(self) -> bool:
        """Count the attempt, before the password is checked; return False when there have been too many."""
        if not self.device and _count(self._from_address) >= MOST_FROM_ADDRESS:
            return False
        return _increment(self._at_account) <= MOST_AT_ACCOUNT

    def failed(self) -> None:
        _increment(self._from_address)

    def succeeded(self, response: HttpResponseBase) -> None:
        """Reset the account's count, and let the browser be known from now on."""
        _forget(self._at_account)
        name = self.device or secrets.token_urlsafe(16)
        response.set_cookie(
            DEVICE_COOKIE,
            signing.dumps([self.account, name], salt=_SALT),
            max_age=DEVICE_AGE,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )

    def may_ask_for_reset(self) -> bool:
        """Count a letter with a new link; return False when that account has been sent enough of them."""
        return _increment(f"attempts:reset:{self.account}") <= MOST_RESETS

    def may_ask_from_here(self) -> bool:
        return _increment(f"attempts:resets:{self.address}") <= MOST_FROM_ADDRESS


def digest_of(email: str) -> str:
    """Return a digest that is the same for every way of typing an address of the same account."""
    plain = unicodedata.normalize("NFKC", email).strip().casefold()
    return hashlib.sha256(plain.encode(errors="replace")).hexdigest()[:32]


def address_of(request: HttpRequest) -> str:
    """Return the address the request comes from; of IPv6 the network.

    Behind a proxy (HTTPS) it is the last address that the proxy wrote.
    """
    said = request.META.get("REMOTE_ADDR", "")
    if settings.SECURE_PROXY_SSL_HEADER:
        said = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip() or said
    try:
        found = ipaddress.ip_address(_without_port(said))
    except ValueError:
        return "unknown"
    if found.version == 6 and found.ipv4_mapped is None:
        return str(ipaddress.ip_network((found, 64), strict=False))
    # As a proxy that listens on both writes IPv4 ("::ffff:192.0.2.7"): all of them are one network of IPv6.
    return str(getattr(found, "ipv4_mapped", None) or found)


def _without_port(address: str) -> str:
    """Return the address alone: some proxies write the connection's port, too ("192.0.2.7:51234", "[2001:db8::7]:51234")."""
    if address.startswith("["):
        return address[1:].partition("]")[0]
    return address.partition(":")[0] if address.count(":") == 1 else address


def _device(request: HttpRequest, account: str) -> str:
    try:
        of_account, name = signing.loads(request.COOKIES.get(DEVICE_COOKIE, ""), salt=_SALT, max_age=DEVICE_AGE)
    except (signing.BadSignature, ValueError, TypeError):
        return ""
    return str(name) if of_account == account else ""


def _increment(key: str) -> int:
    """Count one more and return the count. Without a cache nothing is counted: people must be able to sign in."""
    try:
        cache.add(key, 0, timeout=WINDOW)
        return int(cache.incr(key))
    except ValueError:  # it ended between the two
        return 1
    except RedisError:
        log.warning("The cache does not answer: attempts to sign in are not counted.")
        return 0


def _count(key: str) -> int:
    try:
        return int(cache.get(key, 0))
    except RedisError:
        return 0


def _forget(key: str) -> None:
    try:
        cache.delete(key)
    except RedisError:
        log.warning("The cache does not answer: a count of attempts stands.")


@dataclass(frozen=True, slots=True)
class WrongAddresses:
    """Attempts at secret addresses that do not exist, from one place.

    The secrets are too long to be guessed: this keeps somebody who tries from costing the others their speed.
    """

    address: str

    @classmethod
    def of(cls, request: HttpRequest) -> WrongAddresses:
        return cls(address_of(request))

    def are_too_many(self) -> bool:
        return _count(self._key) >= MOST_FROM_ADDRESS

    def add(self) -> None:
        _increment(self._key)

    @property
    def _key(self) -> str:
        return f"attempts:secrets:{self.address}"
