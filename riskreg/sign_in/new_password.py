"""The letter with the link to choose a new password."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.forms import PasswordResetForm
from django.utils import translation


def send(email: str, *, language: str) -> None:
    """Send the letter to the active accounts with this address, in the language of the person who asked.

    The link leads to the product's own address (SITE_URL), whatever host the request named: the request must not
    decide where it takes the person.
    """
    site = urlsplit(settings.SITE_URL)
    form = PasswordResetForm({"email": email})
    if form.is_valid():
        with translation.override(language):
            form.save(domain_override=site.netloc, use_https=site.scheme == "https")
