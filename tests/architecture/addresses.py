"""How each address of the access table is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.urls import reverse

from tests.architecture.address_book import AddressBook, Asked
from tests.architecture.addresses_of_admin import add_admin, add_admin_records, add_people_verbs, add_verbs
from tests.architecture.addresses_of_pages import add_account, add_pages
from tests.architecture.scene import Place, Scene


def addresses(scene: Scene, place: Place) -> dict[str, Callable[[], Asked]]:
    """By the table's name of it: makes the address and the form anew, as a file can be sent but once."""
    book = AddressBook()
    add_pages(book, scene, place)
    add_account(book, scene)
    add_admin(book, place)
    add_admin_records(book, scene, place)
    add_verbs(book, place)
    add_people_verbs(book, scene, place)
    return book.found


def actions(scene: Scene, place: Place) -> dict[str, tuple[str, Any]]:
    """By the table's name of it: the list's address, and the record that the action is done to."""
    plans, follow_ups = place.plans, place.follow_ups
    records: dict[str, Any] = {
        "controlplan:do_propose": plans["draft"],
        "controlplan:do_withdraw": plans["proposed"],
        "controlplan:do_carry_over_to_next_year": plans["earlier"],
        "controlplan:do_close": plans["adopted"],
        "controlplan:do_run_on": plans["ending"],
        "risk:do_keep": place.risk,
        "risk:do_drop": place.risk,
        "risk:do_restore": place.dropped_risk,
        "control:do_drop": place.control,
        "control:do_restore": place.dropped_control,
        "followup:start": follow_ups["planned"],
        "followup:submit": follow_ups["in_progress"],
        "followup:approve": follow_ups["submitted"],
        "followup:return": follow_ups["submitted"],
        "followup:reopen": follow_ups["approved"],
        "riskmatrix:new_version": place.matrix,
        "digest:do_try_again": place.digest,
        "user:do_invite_again": place.invited,
    }
    return {
        name: (reverse(f"admin:{record._meta.app_label}_{record._meta.model_name}_changelist"), record)
        for name, record in records.items()
    }
