"""How each page's address is asked for: its parts in the path, and its form."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from controls.indicators.importing.file import Line
from controls.models import ControlWatch, Population
from controls.reporting.kinds import KINDS
from controls.sampling.populations.kept_upload import SHELF
from controls.views.indicators.importing import salt_of, signed
from riskreg import clock
from riskreg.models import Anchor
from riskreg.verbs.concurrency import version_of
from tests.architecture.address_book import NEW_PASSWORD, AddressBook
from tests.architecture.scene import Place, Scene
from tests.architecture.scene_records import NOW, TODAY
from tests.cast import PASSWORD


def _a_stamp() -> Anchor:
    """Made here, not with the scene: a verification of the scene would find that it proves nothing."""
    values = {"asked_at": NOW, "next_attempt_at": NOW, "made_at": NOW, "token": b"0"}
    place = {"kind": "tsa", "target": "https://tsa.lillkoping.example/", "head_seq": 1, "head_hash": "ab" * 32}
    return Anchor.objects.get_or_create(**place, defaults=values)[0]


def add_pages(book: AddressBook, scene: Scene, place: Place) -> None:
    draft, adopted, kind = place.plans["draft"], place.plans["adopted"], place.follow_ups["planned"].closing.kind
    for name in (
        "home",
        "inbox",
        "risks",
        "heatmap",
        "heatmap_svg",
        "heatmap_png",
        "trend",
        "heatmap_history",
        "heatmap_history_svg",
        "heatmap_history_png",
        "follow_ups_in_time",
        "plans",
        "reports",
        "checks",
        "year",
    ):
        book.add(name, query=f"?year={draft.year}" if name.startswith("heatmap") else "")
    for name in ("trail", "trail_export", "trail_verifier", "trail_algorithm"):
        book.add(name)
    book.add("trail_verify")
    book.add("trail_verification", scene.verification.pk)
    book.add("trail_anchor")
    book.add("trail_stamp", _a_stamp().pk)
    book.add("trail_anchor_file", 0)
    book.add("my_reminders", form=lambda: {"rhythm": "weekly", "weekday": 2, "hour": 9})
    book.add("unsent", query="?form=/uppfoljningar/")
    book.add("open_feed", form=lambda: {"unit": ""})
    book.add("close_feed", place.feed.pk)
    book.add("calendar", place.feed_token)
    book.add("operation")
    book.add("evidence", place.evidence.pk)
    book.add("evidence of a check", place.evidence_of_check.pk)
    why_removed = {"reason": "Fel fil"}
    file = place.evidence_of_check
    book.add("check_evidence_remove", file.occasion_id, file.pk, form=lambda: why_removed)
    _samples(book, place)
    _registers(book, place)
    _indicators(book, place)
    book.add("risk", place.risk.pk)
    book.add("risk_timeline", place.risk.pk)
    done = {"conclusion": "no_deviations", "note": "", "performed_on": TODAY.isoformat()}
    book.add("check", place.check.pk, form=lambda: done)
    rhythm = {"frequency": "monthly", "day_rule": "after", "reason": "Efter lönekörningen", "save": "1"}
    whole = {"unit": place.closing.unit_id, "year": 2031, "save": "1"}
    book.add("year_closings", form=lambda: whole)
    book.add("control_schedule", place.control.pk, form=lambda: rhythm)
    watches = {"watches": [place.watch.pk], "reason": "Följer upp från i år"}
    book.add("control_watches", place.control.pk, form=lambda: watches)
    book.add("check_verb start", place.check.pk, "start")
    book.add("check_verb mark_missed", place.check.pk, "mark_missed", form=lambda: {"reason": "Systemet låg nere"})
    late = done | {"note": "Semester"}
    book.add("check_verb perform_late", place.missed_check.pk, "perform_late", form=lambda: late)
    moved = {"due_on": "2025-10-20", "reason": "Underlaget kommer senare"}
    book.add("check_verb move", place.check.pk, "move", form=lambda: moved)
    book.add("check_verb assign", place.check.pk, "assign", form=lambda: {"performer": place.other_performer.pk})
    book.add("place_risk", place.risk.pk, form=lambda: {"likelihood": 2, "impact": 4})
    book.add("plan", draft.pk)
    book.add("plan_review", place.plans["carried"].pk, form=lambda: {"act": "keep", "risk": place.risk.pk})
    naming = {"kind": "owner", "stated": "", "rows": draft.risks.earliest("pk").pk, "person": place.other_performer.pk}
    book.add("plan_left_to_do", draft.pk, form=lambda: naming)
    book.add("plan_version", adopted.pk, 1)
    book.add("plan_version_document", adopted.pk, 1)
    book.add("report", draft.pk, kind)
    for code, report in KINDS.items():
        key, occasion = (draft.pk, kind) if report.has_closing else (draft.pk, "plan")
        if report.of_municipality:
            closing = place.closing
            key, occasion = closing.unit_id, f"{closing.kind}-{closing.year}"
        book.add(f"report_page {code}", code, key, occasion)
        # Every kind has every writer (tests/reporting): here one of each is walked in every format, the others in one.
        for ending in ("docx", "pdf", "xlsx", "json") if code == "follow_up" else ("json",):
            book.add(f"report_file {code} {ending}", code, key, occasion, ending)
        book.add(f"report_order {code}", code, key, occasion, "pdf")
        book.add(f"report_hand_in {code}", code, key, occasion, form=lambda: {"reason": "Så långt har vi kommit."})
    book.add("report_job", place.report_job.pk)
    book.add("report_job_state", place.report_job.pk)
    book.add("report_job_file", place.report_job.pk)
    book.add("handed_in_report", place.handed_in.pk)
    book.add("handed_in_take_up", place.handed_in.pk, form=lambda: {"reason": "Ett fel."})
    book.add("handed_in_write_again", place.handed_in.pk)
    book.add("handed_in_file", place.handed_in.files.get(is_public=True).pk)
    book.add("handed_in_file whole", place.handed_in.files.get(is_public=False).pk)
    for label, pk in {
        "riskreg.unit": place.unit.pk,
        "riskreg.user": place.person.pk,
        "riskreg.membership": place.person.memberships.get().pk,
        "riskreg.riskmatrix": place.matrix.pk,
        "riskreg.riskcategory": scene.category.pk,
        "riskreg.controlplan": draft.pk,
        "riskreg.planversion": adopted.versions.get(number=1).pk,
        "riskreg.risk": place.risk.pk,
        "controls.closing": place.closing.pk,
        "controls.control": place.control.pk,
        "controls.check": place.check.pk,
        "controls.lateperformance": place.late.pk,
        "controls.followup": place.follow_ups["planned"].pk,
        "controls.handedinreport": place.handed_in.pk,
        "controls.handedinfile": place.handed_in.files.get(is_public=True).pk,
        "controls.reporttemplate": place.report_template.pk,
        "controls.evidence": place.evidence.pk,
        "controls.action": place.action.pk,
        "riskreg.likelihoodlevel": place.matrix.likelihoods[0].pk,
        "riskreg.impactlevel": place.matrix.impacts[0].pk,
        "riskreg.riskband": place.matrix.ordered_bands[0].pk,
        "riskreg.deputyship": place.deputyship.pk,
        "controls.reminderstages": place.stages.pk,
        "controls.population": place.drawn.population_id,
        "controls.sample": place.drawn.pk,
        "controls.sampleitem": place.drawn.items.all()[0].pk,
        "controls.populationsource": place.source.pk,
        "controls.register": place.register.pk,
        "controls.registersnapshot": place.snapshot.pk,
        "controls.watch": place.watch.pk,
        "controls.alert": place.alert.pk,
        "controls.inquiry": place.inquiry.pk,
        "controls.indicator": place.indicator.pk,
        "controls.indicatorseries": place.series.pk,
        "controls.indicatorvalue": place.value.pk,
        "controls.indicatorlevel": place.level.pk,
        "controls.indicatornote": place.indicator_note.pk,
    }.items():
        book.add(f"history {label}", *label.split("."), pk)


def _samples(book: AddressBook, place: Place) -> None:
    design = {"act": "keep", "kind": "attributes", "confidence": "95", "tolerable": "5", "division": "none"}
    outcomes = b"Nr;Nyckel;Utfall;Anteckning\n1;20001|2025-05;Avvikelse;Fel dag\n"
    book.add("sample_begin", place.unsampled.pk)
    book.add("sample_design", place.designed.pk, form=lambda: {**design, "version": version_of(place.designed)})
    book.add("sample_items", place.examined.pk)
    book.add("sample_item", place.examined.pk, 1, form=lambda: {"outcome": "ok", "version": 1})
    book.add("sample_evaluation", place.examined.pk)
    book.add("sample_workfile", place.examined.pk)
    book.add("sample_workfile_import", place.examined.pk, form=lambda: {"file": SimpleUploadedFile("arbetsfil.csv", outcomes)})

    # The draw
    draft, seedable, drawn = place.draft_population, place.seedable, place.drawn
    book.add(
        "population_add",
        place.control.pk,
        form=lambda: {
            "file": SimpleUploadedFile("ny.csv", b"Nr;Belopp\n1;2\n"),
            "source_system": "Raindance",
            "unit": place.unit.pk,
        },
    )
    book.add("population", draft.pk, form=lambda: {"key": ["Faktura"], "amount": "Belopp"})
    for name in ("population_answer", "population_lock", "population_discard"):
        book.add(name, draft.pk)
    book.add("population_sheet", draft.pk, form=lambda: _another_sheet(draft))
    book.add("population_hold", drawn.population_id, form=lambda: {"reason": "Tvist"})
    book.add("population_release", place.unsampled.pk, form=lambda: {"reason": "Avgjord"})
    book.add("population_retain", drawn.population_id, form=lambda: {"until": "2031-01-01", "reason": "Arkivbeslut"})
    book.add("population_source", drawn.population_id, form=lambda: {"name": "Fakturajournal"})
    for name in ("population_file", "population_excel_csv", "population_excel_xlsx"):
        book.add(name, drawn.population_id)
    book.add("sampling_run", place.run.pk)
    book.add("sampling_run_cancel", place.run.pk)
    for name in ("sample", "sample_verify", "sample_record"):
        book.add(name, drawn.pk)
    book.add("sample_seed", seedable.pk)
    digits = "3141592653589793238462643383"
    book.add("sample_seed_event", seedable.pk, form=lambda: {"seed": digits, "event": "Tärningar inför revisorn"})
    book.add("sample_draw", place.seeded.pk)
    book.add("sample_extend", drawn.pk, form=lambda: {"count": "2", "reason": "Mer"})
    book.add("sample_replace", drawn.pk, 1, form=lambda: {"reason": "Saknas"})
    book.add("sample_close", drawn.pk)
    book.add("sample_reopen", place.closed.pk, form=lambda: {"reason": "Ett underlag kom in"})
    for name in ("sample_verifier", "sample_short_verifier", "sample_algorithm"):
        book.add(name)


def _followed_up_by(watch: Any, follow_up: Any) -> dict[str, Any]:
    """Let the watched rule follow up the control, so that there are alerts; return an empty form."""
    chosen = ControlWatch(control=follow_up.control, watch=watch)
    if not ControlWatch.objects.filter(control=chosen.control, watch=watch).exists():
        # Without its signals: the request did not make it.
        ControlWatch.objects.bulk_create([chosen])
    return {}


def _inquiries(book: AddressBook, place: Place, reason: dict[str, str]) -> None:
    asked = {"kind": "tax", "asked_of": "tax_agency", "asked_on": "2025-06-01", "due_on": "2025-06-15"}
    inquiry, evidence = place.inquiry.pk, place.evidence_of_inquiry
    book.add("alert_ask", place.alert.pk, form=lambda: asked)
    book.add("company_ask", "5560360793", form=lambda: {**asked, "unit": place.register.unit_id})
    book.add("inquiries")
    book.add("inquiries_csv")
    book.add("inquiries_xlsx")
    book.add("inquiry", inquiry)
    book.add("evidence of an inquiry", evidence.pk)
    book.add("inquiry_conclude", inquiry, form=lambda: {"outcome": "in_order", "answered_on": clock.today().isoformat()})
    book.add("inquiry_wait_longer", inquiry, form=lambda: {"due_on": (clock.today() + timedelta(30)).isoformat()})
    book.add("inquiry_assign", inquiry, form=lambda: {"responsible": place.person.pk})
    book.add("inquiry_reopen", place.concluded_inquiry.pk, form=lambda: reason)
    book.add("inquiry_attach", inquiry, form=lambda: {"evidence": SimpleUploadedFile("svar.txt", b"Svaret")})
    book.add("inquiry_evidence_remove", inquiry, evidence.pk, form=lambda: {"reason": "Fel fil"})


def _registers(book: AddressBook, place: Place) -> None:
    register, draft, taken = place.register.pk, place.draft_snapshot.pk, place.snapshot.pk
    described = {"name": "Ett nytt namn", "source_system": "Raindance", "retention_months": "24"}
    book.add("registers")
    book.add("register_open", form=lambda: {**described, "unit": place.unit.pk, "kind": "systems"})
    book.add("register", register)
    book.add("register_change", register, form=lambda: described)
    book.add("register_close", register, form=lambda: {"reason": "Nytt system"})
    book.add("register_reopen", place.closed_register.pk, form=lambda: {"reason": "Ändå inte"})
    mapping = {"supplier_number": "Leverantörsnummer", "name": "Namn", "identity": "Organisationsnummer"}
    book.add("register_columns", register, form=lambda: mapping)
    rows = b"Leverant\xc3\xb6rsnummer;Namn\n1001;Annat AB\n1002;Nytt AB\n1003;Tredje AB\n"
    form = {"as_of": "2025-09-01"}
    book.add("register_upload", register, form=lambda: {**form, "file": SimpleUploadedFile("lev.csv", rows)})
    for name in ("register_snapshot", "register_take", "register_discard"):
        book.add(name, register, draft)
    for name in ("register_changes", "register_csv", "register_xlsx"):
        book.add(name, register, taken)
    book.add("register_row", register, taken, 2)
    book.add("company", "5560360793")
    book.add("register_rules", register)
    book.add("register_rule", register, "identity_of_person")
    book.add("register_run", place.register_run.pk)
    book.add("register_run_cancel", place.register_run.pk)
    reason = {"reason": "Enligt plan"}
    watched = {**reason, "most_alerts": "20"}
    book.add("register_watch", register, "duplicate_identity", form=lambda: watched)
    book.add("register_pack", register, "suppliers", form=lambda: watched)
    composed = {**watched, "field": "city", "comparison": "is", "value": "Borås"}
    book.add("register_compose", register, form=lambda: {**composed, "name": "Flyttat till Borås"})
    book.add("watch_compose", register, place.composed_watch.pk, form=lambda: composed)
    book.add("watch", register, place.watch.pk)
    book.add("watch_switch_on", register, place.stopped_watch.pk)
    book.add("watch_switch_off", register, place.watch.pk, form=lambda: reason)
    evidence = place.evidence_of_alert
    backed = place.evidence.follow_up
    book.add("alerts_population", backed.control_id, backed.pk, form=lambda: _followed_up_by(place.watch, backed))
    book.add("evidence of an alert", evidence.pk)
    book.add("alert_attach", place.alert.pk, form=lambda: {"evidence": SimpleUploadedFile("svar.txt", b"Svaret")})
    book.add("alert_evidence_remove", evidence.alert_id, evidence.pk, form=lambda: {"reason": "Fel fil"})
    alert, until = place.alert.pk, {**reason, "until": "2025-12-31"}
    book.add("alerts")
    book.add("alerts_csv")
    book.add("alerts_xlsx")
    book.add("alerts_tally")
    book.add("supplier_scores")
    book.add("supplier_scores_csv")
    book.add("supplier_scores_xlsx")
    book.add("register_digits", place.ledger_snapshot.register_id, place.ledger_snapshot.pk)
    book.add("alerts_explain", query=f"?alert={alert}", form=lambda: reason)
    book.add("alert", alert)
    book.add("alert_examine", alert)
    book.add("alert_assign", alert, form=lambda: {"assignee": place.person.pk})
    for name in ("alert_confirm", "alert_explain", "alert_dismiss"):
        book.add(name, alert, form=lambda: reason)
    book.add("alert_sleep", alert, form=lambda: {**reason, "how_long": "30"})
    book.add("alert_exclude", alert, form=lambda: until)
    book.add("alert_reopen", place.settled_alert.pk, form=lambda: reason)
    _inquiries(book, place, reason)


def _previewed(place: Place) -> dict[str, Any]:
    """Return the form that confirms the rows of a file."""
    return {"lines": signed([Line(2, "2025-04", "12")], salt_of([place.series])), "seen": "2:None>12"}


def _indicators(book: AddressBook, place: Place) -> None:
    indicator, series, reason = place.indicator.pk, place.series.pk, {"reason": "Enligt plan"}
    described = {
        "name": "Ett nytt namn",
        "measures": "Antal vid månadens slut.",
        "unit_of_measure": "st",
        "decimals": "0",
        "direction": "lower",
        "rhythm": "month",
        "source": "Lönesystemet",
    }
    kept = {"responsible": place.person.pk, "begins_on": "2025-01-01", "days_after": "15"}
    chosen = {"series": [series], "reason": "Följs från i år"}
    book.add("control_series", place.control.pk, form=lambda: chosen)
    book.add("indicators")
    book.add("indicator_define", form=lambda: {**described, "unit": place.unit.pk})
    book.add("indicator", indicator)
    book.add("indicator_change", indicator, form=lambda: described)
    book.add("indicator_close", indicator, form=lambda: reason)
    book.add("indicator_reopen", place.closed_indicator.pk, form=lambda: reason)
    book.add("indicator_series_open", place.unkept_indicator.pk, form=lambda: {**kept, "unit": place.unit.pk})
    book.add("indicator_import", indicator, form=lambda: _previewed(place))
    book.add("indicator_series", series)
    book.add("series_values", series, form=lambda: {"value_2025-06-01": "17"})
    book.add("series_import", series, form=lambda: _previewed(place))
    book.add("series_revise", series, place.value.pk, form=lambda: {"new": "21", **reason})
    levels = {"valid_from": "2025-03-01", "target": "5", "acceptable": "10", "critical": "20"}
    book.add("series_set_levels", series, form=lambda: levels)
    book.add("series_levels_remove", series, place.level.pk, form=lambda: reason)
    book.add("series_note", series, form=lambda: {"period": "2025-03-01", "text": "Nytt system"})
    book.add("series_note_remove", series, place.indicator_note.pk, form=lambda: reason)
    book.add("series_change", series, form=lambda: kept)
    book.add("series_close", series, form=lambda: reason)
    book.add("series_reopen", place.closed_series.pk, form=lambda: reason)


def add_account(book: AddressBook, scene: Scene) -> None:
    book.add("set_language", form=lambda: {"language": "en", "next": "/"})
    book.add("login", form=lambda: {"username": scene.users["o"].email, "password": PASSWORD})
    book.add("logout")
    change = {"old_password": PASSWORD, "new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD}
    for name in ("password_change", "admin:password_change"):
        book.add(name, form=lambda: change)
    for name in ("password_change_done", "password_reset_done", "password_reset_complete", "admin:password_change_done"):
        book.add(name)
    book.add("password_reset", form=lambda: {"email": scene.users["o"].email})
    book.add(
        "password_reset_confirm", "Mg", "wrong-token", form=lambda: {"new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD}
    )
    book.add("invitation", "Mg", "wrong-token", form=lambda: {"new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD})


def _another_sheet(draft: Population) -> dict[str, Any]:
    """Return the form that reads another sheet of the draft's workbook, after keeping one for it."""
    Population.objects.filter(pk=draft.pk).update(profile=draft.profile | {"sheets": ["Gamla"]})
    (SHELF.folder / f"kept-sheets-{draft.pk}-walk").write_bytes(b"Nr;Belopp\n1;2\n")
    return {"sheet": "Gamla"}
