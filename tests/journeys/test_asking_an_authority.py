"""A control owner asks an authority about a company, waits, and records the answer; then looks at scores and first digits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from controls.models import Inquiry
from tests.browser import looked_at
from tests.cast import Cast
from tests.monitoring.registers.scene import JUNE, a_register, fed
from tests.monitoring.registers.test_digits import HEADINGS
from tests.monitoring.watching.test_scores import FIRST, told

pytestmark = [pytest.mark.journey, pytest.mark.usefixtures("today")]
LINES = [(f"V{n}", "Städ i Väst AB", "556036-0793", str(2**n), "2025-06-14", f"F-{n}") for n in range(2, 40)]


@pytest.mark.parametrize("language", ["sv", "en"])
def test_from_the_question_to_the_answer(language: str, page: Page, sign_in: Callable[[Any], None], cast: Cast) -> None:
    register = a_register(cast.board, cast.johan)
    fed(register, cast.karin, as_of=JUNE)
    told(register, "bankruptcy", FIRST, ("bankruptcy",), ("bankruptcy",))
    ledger = fed(
        a_register(cast.board, cast.johan, kind="ledger", name="Reskontra"), cast.karin, *LINES, headings=HEADINGS, as_of=JUNE
    )
    cast.karin.language = language
    cast.karin.save()
    sign_in(cast.karin)

    # From the list of scores to the company, and a question about it.
    page.goto(reverse("supplier_scores"))
    looked_at(page, f"scores-{language}")
    page.locator("table a").first.click()
    looked_at(page, f"company-{language}")
    page.locator(f"a[href='{reverse('company_ask', args=[FIRST])}']").click()
    page.locator("#id_kind").select_option("tax")
    page.locator("#id_asked_of").select_option("tax_agency")
    page.locator("#id_question").fill("F-skatt?")
    looked_at(page, f"ask-{language}")
    page.locator("main form button[type=submit]").click()

    # It waits in the list, and the answer is recorded with its file.
    page.goto(reverse("inquiries"))
    looked_at(page, f"inquiries-{language}")
    page.locator("table a").first.click()
    looked_at(page, f"inquiry-{language}")
    page.locator("a.btn.primary").click()
    page.locator("input[name=outcome][value=in_order]").check()
    page.locator("#id_evidence").set_input_files({"name": "svar.txt", "mimeType": "text/plain", "buffer": b"Svaret"})
    looked_at(page, f"answer-{language}")
    page.locator("main form button[type=submit]").click()
    expect(page.locator("main")).to_contain_text("svar.txt")
    looked_at(page, f"answered-{language}")
    inquiry = Inquiry.objects.get()
    assert (inquiry.outcome, inquiry.evidence.count(), inquiry.identity) == ("in_order", 1, FIRST)

    # And the ledger's first digits.
    page.goto(ledger.register.get_absolute_url())
    page.locator(f"a[href='{reverse('register_digits', args=[ledger.register_id, ledger.pk])}']").click()
    looked_at(page, f"digits-{language}")
