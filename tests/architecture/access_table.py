"""Who comes in where. Read a row as: the letters of who is let in; a dot for nobody.

    o control owner   m manager   c controller   a auditor   d administrator    all five with their role at the board
    e controller of the whole municipality, with the right to confidential risks
    s operator (superuser)   n signed in, without a role   x made inactive while signed in   - anonymous

*Reads* is a GET that answers with the page or the file. *Writes* is a POST with a complete form that changes
something. *Own* is the board, *other* the school board (for closings: another municipality); an address without a unit
has its "other" left out. What is no person's right to see is not found; a right that is missing is refused.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.architecture.access_table_of_admin import ADMIN_ACTIONS, ADMIN_ADDRESSES


@dataclass(frozen=True, slots=True)
class Row:
    reads: str
    reads_other: str | None
    writes: str
    writes_other: str | None


def _table(text: str) -> dict[str, Row]:
    """A row a line: the name, then who reads (own, other) and who writes (own, other)."""
    rows = {}
    for line in text.strip().splitlines():
        name, _, rest = line.partition(" | ")
        if not rest:
            continue  # what is said between the rows
        reads, writes = ([_letters(one) for one in half.split()] for half in rest.split(" | "))
        assert name.strip() not in rows, name
        rows[name.strip()] = Row(reads[0], reads[1] if reads[1:] else None, writes[0], writes[1] if writes[1:] else None)
    return rows


def _blocks(text: str, most: int = 12) -> list[list[str]]:
    """Return the names in blocks of those that stand together, of about the same size."""
    parts: list[list[str]] = [[]]
    for line in text.strip().splitlines():
        name, _, rest = line.partition(" | ")
        if rest:
            parts[-1].append(name.strip())
        elif parts[-1]:
            parts.append([])
    return [part[first : first + most] for part in parts for first in range(0, len(part), most)]


def _letters(word: str) -> str:
    return word.replace(".", "")


# The columns: the address | who reads: own, other | who writes: own, other
_ADDRESSES = """
The pages: everybody signed in has them, what is on them is theirs
inbox                                               | omcadesn          | .
risks                                               | omcadesn          | .
heatmap                                             | omcadesn          | .
heatmap_svg                                         | omcades           | .
heatmap_png                                         | omcades           | .
heatmap_history                                     | omcadesn          | .
trend                                               | omcadesn          | .
follow_ups_in_time                                  | omcadesn          | .
heatmap_history_svg                                 | omcades           | .
heatmap_history_png                                 | omcades           | .
plans                                               | omcadesn          | .
reports                                             | omcadesn          | .
risk                                                | omcades     es    | .            .
risk_timeline                                       | omcades     es    | .            .
place_risk                                          | .           .     | mce          e
checks                                              | omcadesn          | .
check                                               | omcades     es    | omce         e
check_verb start                                    | .           .     | omce         e
check_verb mark_missed                              | omce        e     | omce         e
check_verb perform_late                             | omce        e     | omce         e
check_verb move                                     | mce         e     | mce          e
check_verb assign                                   | mce         e     | mce          e
year                                                | omcadesn          | .
year_closings                                       | ce                | e            .
control_schedule                                    | omcades     es    | mce          e
control_watches                                     | omcades     es    | mce          e
plan                                                | omcades     es    | .            .
plan_review                                         | omcades     es    | mce          e
plan_left_to_do                                     | mce         e     | mce          e
plan_verb propose                                   | .           .     | mce          e
plan_verb withdraw                                  | mce         e     | mce          e
plan_verb adopt                                     | mce         e     | mce          e
plan_verb revise                                    | mce         e     | mce          e
plan_verb close                                     | mce         e     | mce          e
plan_verb run_on                                    | mce         e     | mce          e
plan_verb stop_running_on                           | .           .     | mce          e
plan_verb carry_over                                | mce         e     | mce          e
plan_verb open_follow_ups                           | mce         e     | mce          e
plan_version                                        | omcades     es    | .            .
plan_version_document                               | omcades     es    | .            .
evidence                                            | omcades     es    | .            .
evidence of a check                                 | omcades     es    | .            .
check_evidence_remove                               | omce        e     | omce         e
report                                              | omcade      e     | .            .
report_page follow_up                               | omcade      e     | .            .
report_file follow_up docx                          | omcade      e     | .            .
report_file follow_up pdf                           | omcade      e     | .            .
report_file follow_up xlsx                          | omcade      e     | .            .
report_file follow_up json                          | omcade      e     | .            .
report_order follow_up                              | .           .     | omcade       e
report_hand_in follow_up                            | mce         e     | mce          e
report_page adoption                                | omcade      e     | .            .
report_file adoption json                           | omcade      e     | .            .
report_order adoption                               | .           .     | omcade       e
report_hand_in adoption                             | mce         e     | mce          e
report_page summary                                 | e           .     | .            .
report_file summary json                            | e           .     | .            .
report_order summary                                | .           .     | e            .
report_hand_in summary                              | e           .     | e            .
report_page deviations                              | omcade      e     | .            .
report_file deviations json                         | omcade      e     | .            .
report_order deviations                             | .           .     | omcade       e
report_hand_in deviations                           | mce         e     | mce          e
report_page all_deviations                          | e           .     | .            .
report_file all_deviations json                     | e           .     | .            .
report_order all_deviations                         | .           .     | e            .
report_hand_in all_deviations                       | e           .     | e            .
report_page auditors_file                           | cae         e     | .            .
report_file auditors_file json                      | cae         e     | .            .
report_order auditors_file                          | .           .     | cae          e
report_hand_in auditors_file                        | ce          e     | ce           e
report_job                                          | o           .     | .            .
report_job_state                                    | o           .     | .            .
report_job_file                                     | o           .     | .            .
handed_in_report                                    | omcade      e     | .            .
handed_in_file                                      | omcade      e     | .            .
handed_in_file whole                                | me          e     | .            .
handed_in_take_up                                   | mce         e     | mce          e
handed_in_write_again                               | .           .     | mce          e

Reminders: everybody's own; a calendar is for whoever knows its secret address
my_reminders                                        | omcadesn          | omcades
unsent                                              | omcadesn          | .
open_feed                                           | .                 | omcades
close_feed                                          | .                 | o
calendar                                            | omcadesnx-        | .
operation                                           | cdes              | .

Registers: everybody of the unit sees that they are there; their rows are for who works with or reviews them
registers                                           | omcadesn          | .
register_open                                       | mce               | mce          e
register                                            | omcades     es    | .            .
register_change                                     | mce         e     | mce          e
register_close                                      | mce         e     | mce          e
register_reopen                                     | mce         e     | mce          e
register_columns                                    | omcades     es    | mce          e
register_rules                                      | omcae       e     | .            .
register_rule                                       | omcae       e     | .            .
register_compose                                    | omcae       e     | mce          e
watch_compose                                       | omcae       e     | mce          e
register_upload                                     | omce        e     | omce         e
register_snapshot                                   | omcades     es    | .            .
register_take                                       | .           .     | mce          e
register_discard                                    | .           .     | omce         e
register_changes                                    | omcae       e     | .            .
register_digits                                     | omcae       e     | .            .
register_csv                                        | omcae       e     | .            .
register_xlsx                                       | omcae       e     | .            .
register_row                                        | omcae       e     | .            .
company                                             | omcae             | .
register_run                                        | omcades     es    | .            .
register_run_cancel                                 | .           .     | omce         e
register_watch                                      | .           .     | mce          e
register_pack                                       | mce         e     | mce          e
watch                                               | omcades     es    | .            .
watch_switch_on                                     | mce         e     | mce          e
watch_switch_off                                    | mce         e     | mce          e

Alerts: for those who may read the registers' rows; concluded by those who work with them
alerts                                              | omcae             | .
alerts_csv                                          | omcae             | .
alerts_xlsx                                         | omcae             | .
alerts_tally                                        | omcae             | .
supplier_scores                                     | omcae             | .
supplier_scores_csv                                 | omcae             | .
supplier_scores_xlsx                                | omcae             | .
alerts_explain                                      | omce        e     | omce         e
alert                                               | omcae       e     | .            .
alerts_population                                   | .           .     | omce         e
evidence of an alert                                | omcae       e     | .            .
alert_attach                                        | .           .     | omce         e
alert_evidence_remove                               | omce        e     | omce         e
alert_examine                                       | .           .     | omce         e
alert_assign                                        | omce        e     | omce         e
alert_confirm                                       | omce        e     | omce         e
alert_explain                                       | omce        e     | omce         e
alert_dismiss                                       | omce        e     | omce         e
alert_sleep                                         | omce        e     | omce         e
alert_exclude                                       | omce        e     | omce         e
alert_reopen                                        | omce        e     | omce         e

Inquiries: for those who may read the registers' rows; recorded and concluded by those who work with them
alert_ask                                           | omce        e     | omce         e
company_ask                                         | omce        omce   | omce         e
inquiries                                           | omcae             | .
inquiries_csv                                       | omcae             | .
inquiries_xlsx                                      | omcae             | .
inquiry                                             | omcae       e     | .            .
evidence of an inquiry                              | omcae       e     | .            .
inquiry_conclude                                    | omce        e     | omce         e
inquiry_wait_longer                                 | omce        e     | omce         e
inquiry_assign                                      | omce        e     | omce         e
inquiry_reopen                                      | omce        e     | omce         e
inquiry_attach                                      | .           .     | omce         e
inquiry_evidence_remove                             | omce        e     | omce         e

Indicators: everybody of the unit reads them; kept by those who plan, entered by those who work with them
control_series                                      | omcades     es    | mce          e
indicators                                          | omcadesn          | .
indicator_define                                    | mce               | mce          e
indicator                                           | omcades     es    | .            .
indicator_change                                    | mce         e     | mce          e
indicator_close                                     | mce         e     | mce          e
indicator_reopen                                    | mce         e     | mce          e
indicator_series_open                               | mce         e     | mce          e
indicator_import                                    | omce        e     | omce         e
indicator_series                                    | omcades     es    | .            .
series_values                                       | omce        e     | omce         e
series_import                                       | omce        e     | omce         e
series_revise                                       | omce        e     | omce         e
series_set_levels                                   | mce         e     | mce          e
series_levels_remove                                | mce         e     | mce          e
series_note                                         | omce        e     | omce         e
series_note_remove                                  | omce        e     | omce         e
series_change                                       | mce         e     | mce          e
series_close                                        | mce         e     | mce          e
series_reopen                                       | mce         e     | mce          e

The guide to a sample's size, its items and what they show: rows of populations are for who works with or reviews them
population_add                                      | omcades     es    | omce         e
population                                          | omcades     es    | omce         e
population_answer                                   | .           .     | omce         e
population_sheet                                    | .           .     | omce         e
population_lock                                     | .           .     | omce         e
population_discard                                  | .           .     | omce         e
population_hold                                     | mce         e     | mce          e
population_release                                  | mce         e     | mce          e
population_retain                                   | mce         e     | mce          e
population_source                                   | omce        e     | omce         e
population_file                                     | omcae       e     | .            .
population_excel_csv                                | omcae       e     | .            .
population_excel_xlsx                               | omcae       e     | .            .
sampling_run                                        | omcades     es    | .            .
sampling_run_cancel                                 | .           .     | omce         e
sample                                              | omcades     es    | .            .
sample_seed                                         | .           .     | omce         e
sample_seed_event                                   | omce        e     | omce         e
sample_draw                                         | .           .     | omce         e
sample_extend                                       | omce        e     | omce         e
sample_replace                                      | omce        e     | omce         e
sample_close                                        | .           .     | omce         e
sample_reopen                                       | omce        e     | omce         e
sample_verify                                       | cae         e     | cae          e
sample_record                                       | omcae       e     | .            .
sample_verifier                                     | omcades           | .
sample_short_verifier                               | omcades           | .
sample_algorithm                                    | omcades           | .
sample_begin                                        | .           .     | omce         e
sample_design                                       | omcae       e     | omce         e
sample_items                                        | omcae       e     | .            .
sample_item                                         | omcae       e     | omce         e
sample_evaluation                                   | omcae       e     | .            .
sample_workfile                                     | omcae       e     | .            .
sample_workfile_import                              | omcae       e     | omce         e

The trail: for who verifies
trail                                               | cae               | .
trail_verify                                        | .                 | cae
trail_verification                                  | cae               | .
trail_anchor                                        | .                 | cae
trail_stamp                                         | cae               | .
trail_anchor_file                                   | cae               | .
trail_export                                        | cae               | .
trail_verifier                                      | cae               | .
trail_algorithm                                     | cae               | .

A record's history is for who sees the record; of kinds without visibility of their own, for who reads the whole trail
history riskreg.risk                                | omcades     es    | .            .
history riskreg.controlplan                         | omcades     es    | .            .
history riskreg.planversion                         | omcades     es    | .            .
history riskreg.riskmatrix                          | omcades     es    | .            .
history riskreg.unit                                | omcades     es    | .            .
history riskreg.user                                | omcades     omcades | .          .
history riskreg.membership                          | .           .     | .            .
history riskreg.riskcategory                        | .                 | .
history riskreg.likelihoodlevel                     | .           .     | .            .
history riskreg.impactlevel                         | .           .     | .            .
history riskreg.riskband                            | .           .     | .            .
history riskreg.deputyship                          | mcades      es    | .            .
history controls.closing                            | omcades     s     | .            .
history controls.control                            | omcades     es    | .            .
history controls.check                              | omcades     es    | .            .
history controls.lateperformance                    | omcades     es    | .            .
history controls.followup                           | omcades     es    | .            .
history controls.handedinreport                     | omcade      e     | .            .
history controls.handedinfile                       | omcade      e     | .            .
history controls.reporttemplate                     | omcades     es    | .            .
history controls.evidence                           | omcades     es    | .            .
history controls.action                             | omcades     es    | .            .
history controls.population                         | omcades     es    | .            .
history controls.sample                             | omcades     es    | .            .
history controls.sampleitem                         | omcae       e     | .            .
history controls.populationsource                   | omcades     es    | .            .
history controls.register                           | omcades     es    | .            .
history controls.registersnapshot                   | omcades     es    | .            .
history controls.watch                              | omcades     es    | .            .
history controls.alert                              | omcae       e     | .            .
history controls.inquiry                            | omcae       e     | .            .
history controls.indicator                          | omcades     es    | .            .
history controls.indicatorseries                    | omcades     es    | .            .
history controls.indicatorvalue                     | omcades     es    | .            .
history controls.indicatorlevel                     | omcades     es    | .            .
history controls.indicatornote                      | omcades     es    | .            .
history controls.reminderstages                     | omcades     s     | .            .

Accounts
login                                               | omcadesn          | x-
logout                                              | .                 | .
set_language                                        | .                 | omcadesn
password_change                                     | omcadesn          | omcadesn
password_change_done                                | omcadesn          | .
password_reset                                      | omcadesnx-        | .
password_reset_done                                 | omcadesnx-        | .
password_reset_confirm                              | omcadesnx-        | .
invitation                                          | omcadesnx-        | .
password_reset_complete                             | omcadesnx-        | .
home                                                | omcadesn          | .
"""
ADDRESSES = _table(_ADDRESSES + ADMIN_ADDRESSES)
BLOCKS = _blocks(_ADDRESSES + ADMIN_ADDRESSES)
"""The names of the addresses, in blocks that a walk takes by itself: so it can be shared out between workers."""

DOORS = {name for name in ADDRESSES if name.startswith("admin:admin/") and name.endswith("/<path:object_id>/")} | {
    "home",
    "login",
    "admin:login",
    "admin:view_on_site",
}
"""They only lead on: to come in is to be sent elsewhere than to the sign-in."""

# The columns: the action | to whom it is offered | who writes by it: own, other
ACTIONS = _table(ADMIN_ACTIONS)
