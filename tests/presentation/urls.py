"""The product's addresses, with the gallery and the sample admin added."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path

from config.urls import urlpatterns as product
from tests.presentation.gallery import gallery
from tests.presentation.sample_admin import site


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("planted")


urlpatterns = [
    path("galleri/", gallery),
    path("trasig/", broken),
    path("prov/", site.urls),
    *product,
]
