"""Answer with a file that is saved, never shown or run by the browser, and kept by no cache."""

from __future__ import annotations

import hashlib
from pathlib import Path

from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404, HttpResponse
from django.utils.http import content_disposition_header


def attachment(content: bytes | str, content_type: str, name: str) -> HttpResponse:
    """Return the content, to be saved under the name."""
    disposition = content_disposition_header(True, name) or "attachment"
    headers = {"Content-Disposition": disposition, "Cache-Control": "private, no-store"}
    return HttpResponse(content, content_type=content_type, headers=headers)


class FileAltered(Exception):
    """A stored file is not the one that was kept: it is not served (riskreg.web.middleware answers with 409)."""


def stored_file(file: FieldFile, content_type: str, name: str, *, missing: str, sha256: str = "") -> FileResponse:
    """Return the stored file, to be saved under the name.

    Raises Http404 with the words of `missing`, and FileAltered when its bytes have another hash than `sha256`.
    """
    if Path(file.path).exists() and not Path(file.path).is_file():
        raise FileAltered(name)  # what never ends, as a pipe, would be waited for
    try:
        content = file.open("rb")
    except FileNotFoundError:
        raise Http404(missing) from None
    if sha256:
        # Of the open file, which is then served: what is put in its place meanwhile is another one.
        digest = hashlib.sha256()
        for piece in content.chunks():
            digest.update(piece)
        if digest.hexdigest() != sha256:
            content.close()
            raise FileAltered(name)
        content.seek(0)
    response = FileResponse(content, as_attachment=True, filename=name, content_type=content_type)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def shipped_file(path: Path, content_type: str) -> FileResponse:
    """Return a file of the product's own, under its own name. Raises Http404."""
    if not path.is_file():
        raise Http404
    return FileResponse(path.open("rb"), as_attachment=True, filename=path.name, content_type=content_type)
