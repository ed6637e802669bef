"""Names of files that come in and go out."""

from __future__ import annotations

import pytest

from riskreg.web.file_names import download_stem, plain_name


@pytest.mark.parametrize(
    ("given", "plain"),
    [
        ("C:\\mapp\\underlag.pdf", "underlag.pdf"),
        ("../../etc/passwd", "passwd"),
        ("fakta\u202efdp.exe", "faktafdp.exe"),
        ("a\u030arsbok\x00.txt", "årsbok.txt"),
        ("/", "file"),
        ("x" * 300 + ".docx", "x" * 250 + ".docx"),
    ],
)
def test_a_name_that_comes_in_keeps_nothing_that_misleads(given: str, plain: str) -> None:
    assert plain_name(given) == plain


def test_a_download_is_called_by_letters_that_every_system_knows() -> None:
    assert download_stem("Åtgärder för Bygg- & miljönämnden 2025") == "atgarder-for-bygg-miljonamnden-2025"
    assert download_stem("…", otherwise="sample") == "sample"
    assert len(download_stem("lång " * 100)) == 80
