"""The cache on Redis, made for a server that may hang.

A page asks the cache several times: when one answer has not come in time, the next few seconds do not wait for
another. The users of the cache can do without it, and get the same error as when the server is away.
"""

from __future__ import annotations

import time
from typing import Any

import redis
from django.core.cache.backends.redis import RedisCache, RedisCacheClient

QUIET_SECONDS = 5.0
"""Seconds for which a server that did not answer in time is asked nothing."""

_quiet_until: dict[str, float] = {}
"""By server, for all threads of the process."""


class _ImpatientClient(RedisCacheClient):
    def __init__(self, servers: list[str], **options: Any) -> None:
        super().__init__(servers, **options)
        self._client = _client_of(servers[0])


def _client_of(server: str) -> type[redis.Redis]:
    class Client(redis.Redis):
        def execute_command(self, *args: Any, **options: Any) -> Any:
            if time.monotonic() < _quiet_until.get(server, 0.0):
                raise redis.ConnectionError("The cache did not answer a moment ago.")
            try:
                return super().execute_command(*args, **options)
            except redis.TimeoutError:
                _quiet_until[server] = time.monotonic() + QUIET_SECONDS
                raise

    return Client


class ImpatientRedisCache(RedisCache):
    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = _ImpatientClient
