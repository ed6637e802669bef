"""How each of the administration's addresses is asked for: its parts in the path, and its form."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.files.uploadedfile import SimpleUploadedFile

from controls.reporting.writers.word.default_template import pack
from riskreg.verbs.concurrency import version_of
from tests.architecture.address_book import AddressBook, Form, formset, sending
from tests.architecture.scene import Place, Scene

_numbers = count(1)


def add_admin(book: AddressBook, place: Place) -> None:
    for name in ("index", "login", "logout", "jsi18n"):
        book.add(f"admin:{name}")
    book.add("admin:app_list", "riskreg")
    book.add("admin:autocomplete", query="?app_label=controls&model_name=evidence&field_name=follow_up")
    book.add("admin:view_on_site", ContentType.objects.get_for_model(place.risk).pk, place.risk.pk)
    book.add_at("admin:admin/(?P<url>.*)$", "/admin/nothing/here/")


def add_admin_records(book: AddressBook, scene: Scene, place: Place) -> None:
    plan, risk, closing = place.plans["draft"], place.control.risk, place.closing
    level, step, band = place.matrix.likelihood_levels, place.matrix.impact_levels, place.matrix.bands
    person, role = place.person, place.person.memberships.get()
    draft = place.follow_ups["in_progress"]
    dates = {name: getattr(closing, name) for name in ("cut_off", "follow_up_due", "approval_due", "report_due")}
    membership = {"unit": place.unit.pk, "role": "manager"}

    def matrix(**fields: Any) -> Form:
        return {"unit": place.unit.pk, "name": "Ny matris", "version": 1, "valid_from": "2026-01-01", "note": "", **fields}

    def scales(**link: Any) -> Form:
        def rows(related: Any, *names: str) -> list[Form]:
            kept = ("id", *names) if link else names
            return [{name: getattr(one, name) for name in kept} | link for one in related.all()]

        initial = 4 if link else 0
        return {
            **formset("likelihood_levels", rows(level, "value", "label", "description"), initial=initial),
            **formset("impact_levels", rows(step, "value", "label", "description"), initial=initial),
            **formset("bands", rows(band, "from_score", "name", "tone", "demand"), initial=initial),
        }

    def risk_form(**fields: Any) -> Form:
        return {"unit": place.unit.pk, "title": "Ny titel", **formset("controls"), **fields}

    def new_person() -> Form:
        email = f"ny{next(_numbers)}@lillkoping.example"
        return {"email": email, "name": "Ny Person", "language": "sv", **formset("memberships", [membership])}

    def file() -> Form:
        upload = SimpleUploadedFile("plan.csv", "Identifierad risk;Riskvärde\nNy risk;8\n".encode())
        return {"file": upload, "unit": place.unit.pk, "year": 2029, "closing": "", "matrix": scene.cast.matrix.pk}

    control_row = {"id": place.control.pk, "risk": risk.pk}
    new: dict[str, tuple[str, Callable[[], Form]]] = {
        "riskreg_unit": ("", lambda: {"name": "Ny enhet", "kind": "department", "parent": place.unit.pk, "is_active": "on"}),
        "riskreg_user": ("", new_person),
        "riskreg_riskmatrix": ("", lambda: matrix() | scales()),
        "riskreg_riskcategory": ("", lambda: {"name": "Juridik"}),
        "riskreg_controlplan": ("", lambda: {"unit": place.unit.pk, "year": 2030, "matrix": scene.cast.matrix.pk}),
        "riskreg_risk": (f"?plan={plan.pk}", risk_form),
        "controls_closing": ("", lambda: {"unit": closing.unit_id, "year": 2025, "kind": "first_tertial", **dates}),
        "controls_control": (
            "",
            lambda: {"risk": risk.pk, "description": "Ny kontroll", "method": "review", "frequency": "yearly"},
        ),
        "controls_followup": ("", lambda: {"control": place.control.pk}),
        "controls_planimport": ("", file),
        "controls_reporttemplate": (
            "",
            lambda: {"unit": place.unit.pk, "file": SimpleUploadedFile("mall.docx", pack()), "note": "Ny logotyp"},
        ),
        "controls_digest": ("", lambda: {"recipient": place.person.pk}),
        "controls_population": ("", lambda: {"name": "Ny", "control": place.control.pk}),
        "controls_sample": ("", lambda: {"population": place.drawn.population_id}),
        "controls_reminderstages": (
            "",
            lambda: {"unit": closing.unit_id, "closing": "", "days_before": "5", "manager_after": 2, "controller_after": 4},
        ),
        "riskreg_deputyship": (
            "",
            lambda: {
                "absent": place.person.pk,
                "deputy": scene.cast.ulla.pk,
                "first_day": "2026-03-01",
                "last_day": "2026-03-02",
            },
        ),
    }
    there: dict[str, tuple[Any, Callable[[], Form]]] = {
        "riskreg_unit": (
            place.unit,
            lambda: {"name": "Annat namn", "kind": place.unit.kind, "parent": place.unit.parent_id, "is_active": "on"},
        ),
        "riskreg_user": (
            person,
            lambda: {
                "email": person.email,
                "name": "Annat Namn",
                "language": "sv",
                "is_active": "on",
                **formset("memberships", [{**membership, "id": role.pk, "user": person.pk}], initial=1),
            },
        ),
        "riskreg_riskmatrix": (place.matrix, lambda: matrix(name=place.matrix.name, note="Ny") | scales(matrix=place.matrix.pk)),
        "riskreg_riskcategory": (scene.category, lambda: {"name": "Juridik"}),
        "riskreg_controlplan": (
            plan,
            lambda: {
                "unit": plan.unit_id,
                "year": plan.year,
                "matrix": plan.matrix_id,
                "registry_number": "KS 2025/1",
                "version": version_of(plan),
            },
        ),
        "riskreg_risk": (risk, lambda: risk_form(version=version_of(risk), reason="Ny bedömning")),
        "controls_closing": (
            closing,
            lambda: {
                "year": closing.year,
                "kind": closing.kind,
                **dates,
                "report_due": "2025-10-30",
                "version": version_of(closing),
            },
        ),
        "controls_control": (
            place.control,
            lambda: {
                "description": "Annan text",
                "method": "review",
                "frequency": "yearly",
                "version": version_of(place.control),
                **control_row,
            },
        ),
        "controls_followup": (
            draft,
            lambda: {
                "result": "Nytt resultat",
                "conclusion": "no_deviations",
                "version": version_of(draft),
                **formset("measures"),
            },
        ),
        "controls_planimport": (place.plan_import, lambda: {"_confirm": "1"}),
        "controls_reporttemplate": (place.report_template, dict),
        "controls_digest": (place.digest, lambda: {"state": "sent"}),
        "controls_population": (place.drawn.population, lambda: {"name": "Annat namn"}),
        "controls_sample": (place.drawn, lambda: {"size": "5"}),
        "controls_reminderstages": (
            place.stages,
            lambda: {"days_before": "5", "manager_after": 2, "controller_after": 4, "version": version_of(place.stages)},
        ),
        "riskreg_deputyship": (
            place.deputyship,
            lambda: {"first_day": "2025-12-01", "last_day": "2025-12-20", "version": version_of(place.deputyship)},
        ),
    }
    for name, (query, form) in new.items():
        record, change = there[name]
        app, model = name.split("_")
        book.add(f"admin:{name}_changelist")
        book.add(f"admin:{name}_add", query=query, form=form)
        book.add(f"admin:{name}_change", record.pk, form=change)
        book.add(f"admin:{name}_history", record.pk)
        book.add(f"admin:{name}_delete", record.pk, form=lambda: {"post": "yes"})
        found_as = f"admin:admin/{app}/{model}/<path:object_id>/"
        book.add_at(found_as, f"/admin/{app}/{model}/{record.pk}/")
    book.add("admin:controls_planimport_picture", place.plan_import.pk, 1)


def add_verbs(book: AddressBook, place: Place) -> None:
    plans, risk, follow_ups = place.plans, place.risk, place.follow_ups
    why = {"reason": "Så beslutades."}
    decision = {"on": "2025-09-01", "paragraph": "§ 7"}
    closing = follow_ups["planned"].closing_id
    on_plans: list[tuple[str, Any, Form]] = [
        ("propose", plans["draft"], {}), ("withdraw", plans["proposed"], why), ("adopt", plans["proposed"], decision),
        ("revise", plans["adopted"], why), ("carry_over", plans["adopted"], {"year": 2028}),
        ("carry_over_to_next_year", plans["earlier"], {}), ("close", plans["adopted"], {}),
        ("run_on", plans["ending"], {}), ("stop_running_on", plans["running on"], {}),
        ("open_follow_ups", plans["draft"], {"closing": closing}),
    ]  # fmt: skip
    for verb, record, form in on_plans:
        book.add(f"admin:riskreg_controlplan_verb {verb}", record.pk, verb, form=sending(form))
        if verb != "carry_over_to_next_year":
            book.add(f"plan_verb {verb}", record.pk, verb, form=sending(form))
    on_risks: list[tuple[str, Any, Form]] = [("keep", risk, {}), ("drop", risk, why), ("restore", place.dropped_risk, {})]
    for verb, record, form in on_risks:
        book.add(f"admin:riskreg_risk_verb {verb}", record.pk, verb, form=sending(form))
    for verb, record in (("show_earlier", place.opened_risk), ("withhold_earlier", place.shown_risk)):
        book.add(f"admin:riskreg_risk_verb {verb}", record.pk, verb, form=lambda: why)
    on_controls: list[tuple[str, Any, Form]] = [("drop", place.control, why), ("restore", place.dropped_control, {})]
    for verb, record, form in on_controls:
        book.add(f"admin:controls_control_verb {verb}", record.pk, verb, form=sending(form))
    for verb, state in [
        ("start", "planned"),
        ("submit", "in_progress"),
        ("take_back", "submitted"),
        ("approve", "submitted"),
        ("return", "submitted"),
        ("reopen", "approved"),
    ]:
        book.add(f"admin:controls_followup_verb {verb}", follow_ups[state].pk, verb, form=lambda: why)
    book.add("admin:controls_reminderstages_verb", place.stages.pk, "anything")
    book.add("admin:controls_digest_verb try_again", place.digest.pk, "try_again")
    performer = place.digest.recipient_id
    book.add("admin:controls_digest_person", query=f"?person={performer}", form=lambda: {"person": performer})
    book.add("admin:controls_digest_letter", performer)
    book.add("admin:controls_closing_verb", place.closing.pk, "anything")
    book.add("admin:controls_followup_evidence_remove", place.evidence.follow_up_id, place.evidence.pk, form=lambda: why)
    done, effect = {"done_on": "2025-09-01"}, {"effect": "Färre fel."}
    for verb, action, form in [
        ("mark_done", place.action, done),
        ("note_effect", place.done_action, effect),
        ("take_up_again", place.done_action, why),
    ]:
        book.add(f"admin:controls_followup_action {verb}", action.follow_up_id, action.pk, verb, form=sending(form))


def add_people_verbs(book: AddressBook, scene: Scene, place: Place) -> None:
    """What is handed to a colleague of the performer who could do it as well."""
    performer = place.control.performer
    colleague = scene.cast.ulla if place.person == performer else place.person
    why = {"reason": "Så beslutades."}
    for verb, person in (("invite_again", place.invited), ("send_link", place.person)):
        book.add(f"admin:riskreg_user_verb {verb}", person.pk, verb)
    book.add("admin:riskreg_user_verb hand_over", performer.pk, "hand_over", form=lambda: {**why, "to": colleague.pk})
    planned = place.follow_ups["planned"]
    book.add("admin:controls_followup_assign", planned.pk, form=lambda: {**why, "performer": colleague.pk})
    book.add("admin:riskreg_deputyship_verb call_off", place.deputyship.pk, "call_off", form=lambda: why)
