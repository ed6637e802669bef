"""The addresses of controls' pages."""

from django.urls import path, register_converter

from controls.views.checks.ask import check_evidence_remove, check_verb
from controls.views.checks.check import check
from controls.views.checks.list import checks
from controls.views.checks.schedule import control_schedule
from controls.views.follow_ups.evidence import evidence
from controls.views.follow_ups.inbox import inbox
from controls.views.indicators.ask import (
    indicator_series_open,
    indicator_verb,
    series_levels_remove,
    series_note_remove,
    series_revise,
    series_verb,
)
from controls.views.indicators.control_series import control_series
from controls.views.indicators.definitions import indicator, indicator_define
from controls.views.indicators.importing import indicator_import, series_import
from controls.views.indicators.lists import indicators
from controls.views.indicators.series import indicator_series, series_values
from controls.views.monitoring.alert_ask import alert_verb, alerts_explain
from controls.views.monitoring.alert_files import alert_attach, alert_evidence_remove
from controls.views.monitoring.alert_page import alert
from controls.views.monitoring.alerts import alerts, alerts_file, alerts_tally
from controls.views.monitoring.alerts_population import alerts_population
from controls.views.monitoring.ask import register_verb
from controls.views.monitoring.changes import register_changes, register_rows
from controls.views.monitoring.companies import company, register_row
from controls.views.monitoring.compose import register_compose, watch_compose
from controls.views.monitoring.control_watches import control_watches
from controls.views.monitoring.digits import register_digits
from controls.views.monitoring.inquiries import inquiries, inquiries_file, inquiry
from controls.views.monitoring.inquiry_ask import company_ask, inquiry_attach, inquiry_evidence_remove, inquiry_verb
from controls.views.monitoring.registers import register, register_columns, register_open, registers
from controls.views.monitoring.rules import register_pack, register_rule, register_rules, register_watch
from controls.views.monitoring.scores import supplier_scores, supplier_scores_file
from controls.views.monitoring.snapshots import (
    register_discard,
    register_run,
    register_run_cancel,
    register_snapshot,
    register_take,
    register_upload,
)
from controls.views.monitoring.watches import watch, watch_verb
from controls.views.operation import operation
from controls.views.reminders.calendar import calendar
from controls.views.reminders.my_reminders import close_feed, my_reminders, open_feed
from controls.views.reports.addresses import EndingConverter, OccasionConverter, ReportKindConverter
from controls.views.reports.closing_kinds import ClosingKindConverter
from controls.views.reports.files import report_file, report_job, report_job_file, report_job_state, report_order, report_page
from controls.views.reports.handed_in import (
    handed_in_file,
    handed_in_report,
    handed_in_take_up,
    handed_in_write_again,
    report_hand_in,
)
from controls.views.reports.report import report, reports
from controls.views.risks.list import RiskListView
from controls.views.risks.plan import PlanView
from controls.views.risks.plan_left_to_do import plan_left_to_do
from controls.views.risks.plan_review import plan_review
from controls.views.risks.plan_verbs import plan_verb
from controls.views.risks.risk import RiskView
from controls.views.sampling.ask import population_verb, sample_replace, sample_verb
from controls.views.sampling.design import sample_begin, sample_design
from controls.views.sampling.items import sample_evaluation, sample_item, sample_items
from controls.views.sampling.population import (
    population,
    population_add,
    population_answer,
    population_discard,
    population_excel,
    population_file,
    population_lock,
    population_sheet,
    sampling_run,
    sampling_run_cancel,
)
from controls.views.sampling.proof import sample_algorithm, sample_record, sample_verifier, sample_verify
from controls.views.sampling.sample import sample, sample_close, sample_draw, sample_seed, sample_seed_event
from controls.views.sampling.work_file import sample_workfile, sample_workfile_import
from controls.views.year.closings import year_closings
from controls.views.year.year import year

register_converter(ClosingKindConverter, "closing")
register_converter(ReportKindConverter, "report")
register_converter(OccasionConverter, "occasion")
register_converter(EndingConverter, "ending")

urlpatterns = [
    path("uppfoljningar/", inbox, name="inbox"),
    path("paminnelser/", my_reminders, name="my_reminders"),
    path("paminnelser/kalender/", open_feed, name="open_feed"),
    path("paminnelser/kalender/<int:pk>/stang/", close_feed, name="close_feed"),
    path("kalender/<str:token>.ics", calendar, name="calendar"),
    path("drift/", operation, name="operation"),
    path("kontrolltillfallen/", checks, name="checks"),
    path("kontrolltillfallen/<int:pk>/", check, name="check"),
    path("kontrolltillfallen/<int:pk>/<slug:verb>/", check_verb, name="check_verb"),
    path("kontrolltillfallen/<int:pk>/underlag/<int:evidence>/ta-bort/", check_evidence_remove, name="check_evidence_remove"),
    path("kontrollmoment/<int:pk>/schema/", control_schedule, name="control_schedule"),
    path("kontrollmoment/<int:pk>/bevakning/", control_watches, name="control_watches"),
    path("kontrollmoment/<int:pk>/bevakning/<int:follow_up>/population/", alerts_population, name="alerts_population"),
    path("arshjul/", year, name="year"),
    path("arshjul/bokslut/", year_closings, name="year_closings"),
    path("underlag/<int:pk>/", evidence, name="evidence"),
    path("risker/", RiskListView.as_view(), name="risks"),
    path("risker/<int:pk>/", RiskView.as_view(), name="risk"),
    path("planer/<int:pk>/", PlanView.as_view(), name="plan"),
    path("planer/<int:pk>/genomgang/", plan_review, name="plan_review"),
    path("planer/<int:pk>/kvar/", plan_left_to_do, name="plan_left_to_do"),
    path("planer/<int:pk>/gor/<slug:verb>/", plan_verb, name="plan_verb"),
    path("populationer/<int:pk>/stickprov/", sample_begin, name="sample_begin"),
    path("stickprov/<int:pk>/storlek/", sample_design, name="sample_design"),
    path("stickprov/<int:pk>/poster/", sample_items, name="sample_items"),
    path("stickprov/<int:pk>/poster/<int:number>/", sample_item, name="sample_item"),
    path("stickprov/<int:pk>/visar/", sample_evaluation, name="sample_evaluation"),
    path("stickprov/<int:pk>/arbetsfil/", sample_workfile, name="sample_workfile"),
    path("stickprov/<int:pk>/arbetsfil/las-in/", sample_workfile_import, name="sample_workfile_import"),
    path("kontroller/<int:pk>/population/", population_add, name="population_add"),
    path("populationer/<int:pk>/", population, name="population"),
    path("populationer/<int:pk>/las/", population_lock, name="population_lock"),
    path("populationer/<int:pk>/slang/", population_discard, name="population_discard"),
    path("populationer/<int:pk>/gallringsstopp/", population_verb, {"verb": "hold"}, name="population_hold"),
    path("populationer/<int:pk>/gallringsstopp/hav/", population_verb, {"verb": "release"}, name="population_release"),
    path("populationer/<int:pk>/bevara/", population_verb, {"verb": "retain"}, name="population_retain"),
    path("populationer/<int:pk>/kalla/", population_verb, {"verb": "save_source"}, name="population_source"),
    path("populationer/<int:pk>/fragor/", population_answer, name="population_answer"),
    path("populationer/<int:pk>/blad/", population_sheet, name="population_sheet"),
    path("populationer/<int:pk>/fil/", population_file, name="population_file"),
    path("populationer/<int:pk>/fil/excel.csv", population_excel, {"ending": "csv"}, name="population_excel_csv"),
    path("populationer/<int:pk>/fil/excel.xlsx", population_excel, {"ending": "xlsx"}, name="population_excel_xlsx"),
    path("korningar/<int:pk>/", sampling_run, name="sampling_run"),
    path("korningar/<int:pk>/avbryt/", sampling_run_cancel, name="sampling_run_cancel"),
    path("stickprov/<int:pk>/", sample, name="sample"),
    path("stickprov/<int:pk>/startvarde/", sample_seed, name="sample_seed"),
    path("stickprov/<int:pk>/startvarde/handelse/", sample_seed_event, name="sample_seed_event"),
    path("stickprov/<int:pk>/dra/", sample_draw, name="sample_draw"),
    path("stickprov/<int:pk>/utoka/", sample_verb, {"verb": "extend"}, name="sample_extend"),
    path("stickprov/<int:pk>/poster/<int:number>/ersatt/", sample_replace, name="sample_replace"),
    path("stickprov/<int:pk>/stang/", sample_close, name="sample_close"),
    path("stickprov/<int:pk>/oppna/", sample_verb, {"verb": "reopen"}, name="sample_reopen"),
    path("stickprov/<int:pk>/verifiera/", sample_verify, name="sample_verify"),
    path("stickprov/<int:pk>/protokoll/", sample_record, name="sample_record"),
    path("stickprov/verifierare/", sample_verifier, name="sample_verifier"),
    path("stickprov/verifierare/kort/", sample_verifier, {"extent": "short"}, name="sample_short_verifier"),
    path("stickprov/beskrivning/", sample_algorithm, name="sample_algorithm"),
    path("kontrollmoment/<int:pk>/nyckeltal/", control_series, name="control_series"),
    path("nyckeltal/", indicators, name="indicators"),
    path("nyckeltal/nytt/", indicator_define, name="indicator_define"),
    path("nyckeltal/<int:pk>/", indicator, name="indicator"),
    path("nyckeltal/<int:pk>/andra/", indicator_verb, {"verb": "change"}, name="indicator_change"),
    path("nyckeltal/<int:pk>/stang/", indicator_verb, {"verb": "close"}, name="indicator_close"),
    path("nyckeltal/<int:pk>/oppna/", indicator_verb, {"verb": "reopen"}, name="indicator_reopen"),
    path("nyckeltal/<int:pk>/serie/", indicator_series_open, name="indicator_series_open"),
    path("nyckeltal/<int:pk>/importera/", indicator_import, name="indicator_import"),
    path("nyckeltal/serie/<int:pk>/", indicator_series, name="indicator_series"),
    path("nyckeltal/serie/<int:pk>/varden/", series_values, name="series_values"),
    path("nyckeltal/serie/<int:pk>/importera/", series_import, name="series_import"),
    path("nyckeltal/serie/<int:pk>/varde/<int:value>/", series_revise, name="series_revise"),
    path("nyckeltal/serie/<int:pk>/nivaer/", series_verb, {"verb": "set_levels"}, name="series_set_levels"),
    path("nyckeltal/serie/<int:pk>/nivaer/<int:level>/ta-bort/", series_levels_remove, name="series_levels_remove"),
    path("nyckeltal/serie/<int:pk>/anteckning/", series_verb, {"verb": "note"}, name="series_note"),
    path("nyckeltal/serie/<int:pk>/anteckning/<int:note>/ta-bort/", series_note_remove, name="series_note_remove"),
    path("nyckeltal/serie/<int:pk>/andra/", series_verb, {"verb": "change"}, name="series_change"),
    path("nyckeltal/serie/<int:pk>/stang/", series_verb, {"verb": "close"}, name="series_close"),
    path("nyckeltal/serie/<int:pk>/oppna/", series_verb, {"verb": "reopen"}, name="series_reopen"),
    path("register/", registers, name="registers"),
    path("register/nytt/", register_open, name="register_open"),
    path("register/<int:pk>/", register, name="register"),
    path("register/<int:pk>/andra/", register_verb, {"verb": "change"}, name="register_change"),
    path("register/<int:pk>/stang/", register_verb, {"verb": "close"}, name="register_close"),
    path("register/<int:pk>/oppna/", register_verb, {"verb": "reopen"}, name="register_reopen"),
    path("register/<int:pk>/kolumner/", register_columns, name="register_columns"),
    path("register/<int:pk>/regler/", register_rules, name="register_rules"),
    path("register/<int:pk>/egen-regel/", register_compose, name="register_compose"),
    path("register/<int:pk>/regler/<slug:code>/", register_rule, name="register_rule"),
    path("register/<int:pk>/regler/<slug:code>/bevaka/", register_watch, name="register_watch"),
    path("register/<int:pk>/regelpaket/<slug:pack>/", register_pack, name="register_pack"),
    path("register/<int:pk>/bevakning/<int:watch>/", watch, name="watch"),
    path("register/<int:pk>/bevakning/<int:watch>/andra/", watch_compose, name="watch_compose"),
    path("register/<int:pk>/bevakning/<int:watch>/sla-pa/", watch_verb, {"verb": "switch_on"}, name="watch_switch_on"),
    path("register/<int:pk>/bevakning/<int:watch>/sla-av/", watch_verb, {"verb": "switch_off"}, name="watch_switch_off"),
    path("register/<int:pk>/fil/", register_upload, name="register_upload"),
    path("register/<int:pk>/lagesbild/<int:snapshot>/", register_snapshot, name="register_snapshot"),
    path("register/<int:pk>/lagesbild/<int:snapshot>/ta/", register_take, name="register_take"),
    path("register/<int:pk>/lagesbild/<int:snapshot>/slang/", register_discard, name="register_discard"),
    path("register/<int:pk>/lagesbild/<int:snapshot>/andringar/", register_changes, name="register_changes"),
    path("register/<int:pk>/lagesbild/<int:snapshot>/forsta-siffror/", register_digits, name="register_digits"),
    path("register/<int:pk>/lagesbild/<int:snapshot>/rader.csv", register_rows, {"ending": "csv"}, name="register_csv"),
    path("register/<int:pk>/lagesbild/<int:snapshot>/rader.xlsx", register_rows, {"ending": "xlsx"}, name="register_xlsx"),
    path("register/<int:pk>/lagesbild/<int:snapshot>/rad/<int:row>/", register_row, name="register_row"),
    path("register/bolag/<str:identity>/", company, name="company"),
    path("register/bolag/<str:identity>/fraga/", company_ask, name="company_ask"),
    path("larm/", alerts, name="alerts"),
    path("larm/regler/", alerts_tally, name="alerts_tally"),
    path("larm/larm.csv", alerts_file, {"ending": "csv"}, name="alerts_csv"),
    path("larm/larm.xlsx", alerts_file, {"ending": "xlsx"}, name="alerts_xlsx"),
    path("larm/forklara/", alerts_explain, name="alerts_explain"),
    path("larm/leverantorer/", supplier_scores, name="supplier_scores"),
    path("larm/leverantorer/poang.csv", supplier_scores_file, {"ending": "csv"}, name="supplier_scores_csv"),
    path("larm/leverantorer/poang.xlsx", supplier_scores_file, {"ending": "xlsx"}, name="supplier_scores_xlsx"),
    path("larm/<int:pk>/", alert, name="alert"),
    path("larm/<int:pk>/filer/", alert_attach, name="alert_attach"),
    path("larm/<int:pk>/filer/<int:evidence>/ta-bort/", alert_evidence_remove, name="alert_evidence_remove"),
    path("larm/<int:pk>/granska/", alert_verb, {"verb": "examine"}, name="alert_examine"),
    path("larm/<int:pk>/fraga/", alert_verb, {"verb": "ask"}, name="alert_ask"),
    path("larm/<int:pk>/tilldela/", alert_verb, {"verb": "assign"}, name="alert_assign"),
    path("larm/<int:pk>/bekrafta/", alert_verb, {"verb": "confirm"}, name="alert_confirm"),
    path("larm/<int:pk>/forklara/", alert_verb, {"verb": "explain"}, name="alert_explain"),
    path("larm/<int:pk>/falskt/", alert_verb, {"verb": "dismiss"}, name="alert_dismiss"),
    path("larm/<int:pk>/sov/", alert_verb, {"verb": "sleep"}, name="alert_sleep"),
    path("larm/<int:pk>/undanta/", alert_verb, {"verb": "exclude"}, name="alert_exclude"),
    path("larm/<int:pk>/ta-upp/", alert_verb, {"verb": "reopen"}, name="alert_reopen"),
    path("larm/forfragningar/", inquiries, name="inquiries"),
    path("larm/forfragningar/forfragningar.csv", inquiries_file, {"ending": "csv"}, name="inquiries_csv"),
    path("larm/forfragningar/forfragningar.xlsx", inquiries_file, {"ending": "xlsx"}, name="inquiries_xlsx"),
    path("larm/forfragningar/<int:pk>/", inquiry, name="inquiry"),
    path("larm/forfragningar/<int:pk>/svar/", inquiry_verb, {"verb": "conclude"}, name="inquiry_conclude"),
    path("larm/forfragningar/<int:pk>/vanta/", inquiry_verb, {"verb": "wait_longer"}, name="inquiry_wait_longer"),
    path("larm/forfragningar/<int:pk>/overlat/", inquiry_verb, {"verb": "assign"}, name="inquiry_assign"),
    path("larm/forfragningar/<int:pk>/ta-upp/", inquiry_verb, {"verb": "reopen"}, name="inquiry_reopen"),
    path("larm/forfragningar/<int:pk>/filer/", inquiry_attach, name="inquiry_attach"),
    path("larm/forfragningar/<int:pk>/filer/<int:evidence>/ta-bort/", inquiry_evidence_remove, name="inquiry_evidence_remove"),
    path("register/lasning/<int:pk>/", register_run, name="register_run"),
    path("register/lasning/<int:pk>/avbryt/", register_run_cancel, name="register_run_cancel"),
    path("rapporter/", reports, name="reports"),
    path("rapporter/<int:plan>/<closing:kind>/", report, name="report"),
    path("rapporter/<report:kind>/<int:subject>/<occasion:occasion>/", report_page, name="report_page"),
    path("rapporter/<report:kind>/<int:subject>/<occasion:occasion>/fil/<ending:ending>/", report_file, name="report_file"),
    path("rapporter/<report:kind>/<int:subject>/<occasion:occasion>/bestall/<ending:ending>/", report_order, name="report_order"),
    path("rapporter/<report:kind>/<int:subject>/<occasion:occasion>/lamna-in/", report_hand_in, name="report_hand_in"),
    path("rapporter/bestallda/<int:pk>/", report_job, name="report_job"),
    path("rapporter/bestallda/<int:pk>/lage/", report_job_state, name="report_job_state"),
    path("rapporter/bestallda/<int:pk>/fil/", report_job_file, name="report_job_file"),
    path("rapporter/inlamnade/<int:pk>/", handed_in_report, name="handed_in_report"),
    path("rapporter/inlamnade/<int:pk>/ny-version/", handed_in_take_up, name="handed_in_take_up"),
    path("rapporter/inlamnade/<int:pk>/skriv/", handed_in_write_again, name="handed_in_write_again"),
    path("rapporter/inlamnade/fil/<int:pk>/", handed_in_file, name="handed_in_file"),
]
