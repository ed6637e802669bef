"""The pages of a PDF file are shown as pictures with what was read drawn over them, to those who are shown the preview."""

from __future__ import annotations

import base64
import io
import re
from functools import cache
from pathlib import Path
from typing import Any

import pdfplumber
import pikepdf
import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.urls import reverse
from PIL import Image

from controls import tasks
from controls.importing import waiting
from controls.importing.pictures import picture_of, store_pictures
from controls.models import ImportReading, PlanImport
from riskreg.importing.cells import Content
from riskreg.importing.confined import Limits
from riskreg.importing.packed_content import packed, unpacked
from riskreg.importing.page_drawing import LARGEST_SIDE, draw_here
from riskreg.importing.page_pictures import draw_pages
from riskreg.importing.readers import pdf
from riskreg.importing.readers.joined_pages import join_pages
from riskreg.importing.tables import UnreadableFile, read_content
from riskreg.models import Membership, Risk
from tests.cast import Cast, make_risk

from .documents import FILES
from .pdf_layouts import RULES, pdf_of, table
from .test_import_pages import act, preview, upload

pytestmark = pytest.mark.one_engine
ROWS = [
    ["Identifierad risk", "Riskvärde", "Kontrollmoment", "Diarium"],
    ["Fakturor betalas två gånger", "9", "Stickprov av fakturor", "KS 14"],
    ["Sen betalning", "4", "Nyckeltal per månad", ""],
]
PAGE = pdf_of("Internkontrollplan 2025\n\n" + table(ROWS, "all") + "\n#v(1cm)\nAntagen av nämnden.")
TWO_TABLES = pdf_of(table([["Grad", "Betydelse"], ["1", "Låg"]], "all") + "\n#v(1cm)\n" + table(ROWS, "all"))


def read(data: bytes) -> Content:
    return join_pages([pdf.read(data, max_rows=1000)], max_rows=1000)


drawn = cache(draw_pages)


@pytest.fixture
def eva(cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch) -> Client:
    """The controller, for whom the worker reads at once, here in its own process; a file's pages are drawn once."""
    monkeypatch.setattr(tasks.read_import, "delay_on_commit", tasks.read_import)
    monkeypatch.setattr(waiting, "draw_pages", lambda data, **_options: drawn(data))
    monkeypatch.setattr(
        waiting,
        "read_content",
        lambda file, name, **given: read(file.read()) if name.endswith(".pdf") else read_content(file, name),
    )
    client.force_login(cast.eva)
    return client


def page_of(client: Client, plan_import: PlanImport, **query: str) -> Any:
    return client.get(reverse("admin:controls_planimport_change", args=[plan_import.pk]), query).context["pages"]


def picture(client: Client, plan_import: PlanImport, page: int = 1) -> Any:
    return client.get(reverse("admin:controls_planimport_picture", args=[plan_import.pk, page]))


def files_left() -> list[str]:
    folder = Path(django_settings.MEDIA_ROOT)
    return [path.name for path in folder.rglob("*") if path.suffix in {".gz", ".zip"}]


# Where a text stands


@pytest.mark.parametrize("rules", RULES)
def test_each_text_knows_where_it_stands_on_its_page(rules: str) -> None:
    data = pdf_of("Internkontrollplan 2025\n\n" + table(ROWS, rules) + "\n#v(1cm)\nAntagen av nämnden.")
    content = read(data)
    with pdfplumber.open(io.BytesIO(data)) as document:

        def stands_in(box: Any) -> str:
            left, top, right, bottom = box
            around = (left - 1, top - 1, right + 1, bottom + 1)
            return " ".join(document.pages[0].within_bbox(around).extract_text().split())

        found = content.tables[0]
        assert [[stands_in(box) for box in row] for row in found.boxes] == ROWS
        assert [stands_in(box) for box in found.heading_boxes] == [found.heading]
        assert [stands_in(piece.box) for piece in content.beside] == ["Antagen av nämnden."]


def test_where_it_stands_is_kept_with_what_was_read() -> None:
    content = read(PAGE)
    again = unpacked(packed(content))
    assert [list(box or ()) for box in again.tables[0].boxes[1]] == [list(box or ()) for box in content.tables[0].boxes[1]]
    assert again.beside[0].box is not None


def test_tables_of_one_page_are_told_apart_by_number() -> None:
    content = read(TWO_TABLES)
    assert [str(one.place) for one in content.tables] == ["Sida 1, tabell 1", "Sida 1, tabell 2"]
    assert str(read(PAGE).tables[0].place) == "Sida 1"


# The pictures


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
@pytest.mark.parametrize("crop", [None, [30, 200, 700, 580]])
@pytest.mark.parametrize("media", [None, [-50, -20, 842, 595]])
def test_a_cell_stands_where_it_is_drawn_however_the_page_is_turned_or_cut(turned: int, crop: Any, media: Any) -> None:
    with pikepdf.open(io.BytesIO(PAGE)) as document:
        page = document.pages[0]
        page.Rotate = turned
        if crop:
            page.CropBox = pikepdf.Array(crop)
        if media:
            page.MediaBox = pikepdf.Array(media)
        out = io.BytesIO()
        document.save(out)
    data = out.getvalue()
    ((_number, png, box),) = draw_here(data, 1, lambda *_given: None)["pages"]
    picture = Image.open(io.BytesIO(base64.b64decode(png))).convert("L")
    scale = picture.width / (box[2] - box[0])
    corners = [each[:2] for row in read(data).tables[0].boxes for each in row if each]
    assert len(corners) == 12
    for x, y in corners:
        at = round((x - box[0]) * scale), round((y - box[1]) * scale)
        around = picture.crop((at[0] - 3, at[1] - 3, at[0] + 4, at[1] + 4))
        assert min(around.tobytes()) < 160, "a rule of the table"


def test_pages_are_drawn_no_larger_than_the_limit_and_as_many_as_the_limit() -> None:
    pictures, count = draw_pages(pdf_of("Sida\n#pagebreak()\n" * 3 + "Sist"), most=2)
    assert ([one.page for one in pictures], count) == ([1, 2], 4)
    width, height = int.from_bytes(pictures[0].png[16:20]), int.from_bytes(pictures[0].png[20:24])
    assert LARGEST_SIDE - 2 <= max(width, height) <= LARGEST_SIDE
    assert [round(side) for side in pictures[0].box] == [0, 0, 842, 595]


def test_the_preview_says_how_many_pages_have_no_picture(eva: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "draw_pages", lambda data, **_options: (drawn(data)[0], 3))
    assert "2 sidor till visas inte som bild" in preview(eva, upload(eva, cast, PAGE, "plan.pdf"))


def test_drawing_that_takes_more_than_the_limits_is_ended() -> None:
    with pytest.raises(UnreadableFile) as caught:
        draw_pages(PAGE, limits=Limits(memory=40 * 2**20))
    assert caught.value.code in {"too_demanding", "damaged"}


def test_what_is_no_picture_of_ours_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = {"pages": [[1, "PHN2Zz4=", [0, 0, 1, 1]]], "count": 1}
    monkeypatch.setattr("riskreg.importing.page_pictures.run_confined", lambda *_given: answer)
    with pytest.raises(UnreadableFile):
        draw_pages(PAGE)


def test_a_file_whose_pages_cannot_be_drawn_is_read_all_the_same(
    eva: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: object, **_options: object) -> None:
        raise UnreadableFile("too_demanding")

    monkeypatch.setattr(waiting, "draw_pages", refuse)
    page = preview(eva, upload(eva, cast, PAGE, "plan.pdf"))
    assert "Sidorna kunde inte ritas" in page
    assert 'name="_confirm"' in page


# On the preview


def test_the_preview_draws_each_text_where_it_stands_as_what_became_of_it(eva: Client, cast: Cast) -> None:
    plan_import = upload(eva, cast, PAGE, "plan.pdf")
    shown = page_of(eva, plan_import)
    looks = {mark.said.partition(" – ")[0]: mark.look for mark in shown["marks"]}
    assert looks["Risk: Sen betalning"] == "taken"
    assert (looks["KS 14"], looks["Antagen av nämnden."]) == ("left_out", "left_out")
    assert len(shown["marks"]) == 13
    assert len(shown["empty"]) == 1
    assert [row["text"] for row in shown["rows"]] == ["1 ✓", "2 ✓", "3 ✓"]
    assert [column["text"] for column in shown["columns"]] == ["Risk", "Riskvärde", "Kontrollmoment"]
    assert shown["said"] == "Sida 1: 10 texter tagna, 0 bevarade som text, 3 utelämnade."
    page = preview(eva, plan_import)
    assert 'role="img" aria-label="Sida 1: 10 texter' in page
    assert re.search(r'<rect class="mark taken" x="[\d.]+" y="[\d.]+" width="[\d.]+" height="[\d.]+">', page)


def test_rows_of_several_tables_of_a_page_are_not_mixed_up(eva: Client, cast: Cast) -> None:
    rows = [row["text"] for row in page_of(eva, upload(eva, cast, TWO_TABLES, "plan.pdf"))["rows"]]
    assert rows == ["Tabell 1", "1 !", "2 !", "Tabell 2", "1 ✓", "2 ✓", "3 ✓"]


def test_one_page_is_shown_at_a_time(eva: Client, cast: Cast) -> None:
    plan_import = upload(eva, cast, (FILES / "follow_up.pdf").read_bytes(), "uppföljning.pdf")
    assert (page_of(eva, plan_import)["number"], page_of(eva, plan_import, picture="2")["number"]) == (1, 2)
    assert page_of(eva, plan_import, picture="99")["number"] == 1
    first, second = (page_of(eva, plan_import, picture=number)["marks"] for number in "12")
    assert {mark.said for mark in first} != {mark.said for mark in second}


def test_a_file_without_pages_has_no_pictures(eva: Client, cast: Cast) -> None:
    plan_import = upload(eva, cast)
    assert 'id="pages"' not in preview(eva, plan_import)
    assert picture(eva, plan_import).status_code == 404


# Who is shown it


def test_a_picture_is_served_as_what_it_is_and_kept_by_no_cache(eva: Client, cast: Cast) -> None:
    plan_import = upload(eva, cast, PAGE, "plan.pdf")
    answer = picture(eva, plan_import)
    assert (answer.status_code, answer["Content-Type"], answer["X-Content-Type-Options"]) == (200, "image/png", "nosniff")
    assert answer["Cache-Control"].startswith("private, no-store")
    assert answer.content.startswith(b"\x89PNG")
    assert picture(eva, plan_import, 2).status_code == 404


@pytest.mark.parametrize("who", ["karin", "ake", "siv", "ulla", "nils"])
def test_who_is_not_shown_the_import_is_not_shown_its_pages(eva: Client, cast: Cast, who: str) -> None:
    plan_import = upload(eva, cast, PAGE, "plan.pdf")
    eva.force_login(getattr(cast, who))
    assert picture(eva, plan_import).status_code in {403, 404}


def test_a_file_that_waits_for_somebody_who_may_see_it_shows_no_picture(eva: Client, cast: Cast) -> None:
    plan_import = upload(eva, cast, PAGE, "plan.pdf")
    make_risk(cast.plan, "Sen betalning", is_confidential=True, confidentiality_section="21 kap. 1 § OSL")
    assert picture(eva, plan_import).status_code == 200
    Membership.objects.filter(user=cast.eva).update(sees_confidential=False)
    assert picture(eva, plan_import).status_code == 404
    assert 'id="pages"' not in preview(eva, plan_import)


def test_a_file_that_marks_a_risk_as_confidential_shows_no_picture_to_who_may_not_see_such(eva: Client, cast: Cast) -> None:
    rows = [[*row, mark] for row, mark in zip(ROWS, ["Sekretess", "", "21 kap. 1 § OSL"], strict=True)]
    plan_import = upload(eva, cast, pdf_of(table(rows, "all")), "plan.pdf")
    assert picture(eva, plan_import).status_code == 200
    Membership.objects.filter(user=cast.eva).update(sees_confidential=False)
    assert picture(eva, plan_import).status_code == 404


@pytest.mark.parametrize("verb", ["_confirm", "_abandon"])
def test_the_pictures_are_deleted_when_the_import_is_over(
    eva: Client, cast: Cast, django_capture_on_commit_callbacks: Any, verb: str
) -> None:
    plan_import = upload(eva, cast, PAGE, "plan.pdf")
    assert len(files_left()) == 2
    with django_capture_on_commit_callbacks(execute=True):
        act(eva, plan_import, verb)
    assert files_left() == []
    assert picture(eva, plan_import).status_code == 404


def test_a_worker_that_was_overtaken_leaves_no_pictures(eva: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def overtaken(*given: Any) -> None:
        ImportReading.objects.update(attempts=2)
        store_pictures(*given)

    monkeypatch.setattr(waiting, "store_pictures", overtaken)
    upload(eva, cast, PAGE, "plan.pdf")
    assert files_left() == []
    assert Risk.objects.count() == 0
    assert ImportReading.objects.get().state == "running"


def test_pictures_that_are_not_those_that_were_drawn_are_not_shown(eva: Client, cast: Cast) -> None:
    plan_import = upload(eva, cast, PAGE, "plan.pdf")
    reading = plan_import.reading
    assert picture_of(reading, 1)
    Path(reading.pictures.path).write_bytes(Path(reading.pictures.path).read_bytes() + b" ")
    assert picture_of(reading, 1) is None
