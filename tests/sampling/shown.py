"""What a page shows a person."""

from __future__ import annotations

from typing import Any

from django.test import Client


def page_of(client: Client, user: Any, address: str) -> str:
    client.force_login(user)
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()
