"""The pages of a waiting PDF file as pictures, kept with its reading: one package of PNG files, drawn by us."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Sequence

from django.core.files.base import ContentFile

from controls.models import ImportReading
from riskreg.importing.cells import Box
from riskreg.importing.page_pictures import PagePicture
from riskreg.trail.marks import mark_of, marked_hash


def has_pages(name: str) -> bool:
    """Return whether a file of this name has pages to draw; its content agrees with its name."""
    return name.casefold().endswith(".pdf")


def store_pictures(reading: ImportReading, pictures: Sequence[PagePicture], count: int) -> None:
    """Store the pictures, and say which pages of how many they show. The reading itself is not saved."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as package:
        for picture in pictures:
            package.writestr(f"{picture.page}.png", picture.png)
    data = out.getvalue()
    reading.pictures.save("pictures", ContentFile(data), save=False)
    reading.marks["pictures"] = mark_of(reading, "pictures", hashlib.sha256(data).hexdigest())
    reading.pages = {"count": count, "shown": [[picture.page, picture.box] for picture in pictures]}


def pages_shown(reading: ImportReading) -> dict[int, Box]:
    """Return the pages that have a picture, each with the part of it that is shown."""
    return {page: tuple(box) for page, box in reading.pages.get("shown", [])} if reading.pictures else {}


def picture_of(reading: ImportReading, page: int) -> bytes | None:
    """Return the picture of a page; None where there is none, or the pictures are not those that were drawn."""
    if page not in pages_shown(reading):
        return None
    with reading.pictures.open("rb") as file:
        data: bytes = file.read()
    if hashlib.sha256(data).hexdigest() != marked_hash(reading, "pictures", reading.marks.get("pictures", "")):
        return None
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return package.read(f"{page}.png")
