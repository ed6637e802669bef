"""A pytest plugin: `--second-engine` leaves what PostgreSQL could answer differently than SQLite did.

Left out are tests that touch no database, journeys, what is marked `one_engine`, and of the files in ASKED whatever is not
named there. A file that is not in ASKED is asked whole, so a new file is asked until somebody says which of its tests matter.

What an engine can change, and so stays: constraints and triggers, locks and transactions, aggregates, order and collation,
search without regard to case, JSON, decimals and lengths, dates compared in SQL, writing and deleting in bulk, migrations,
odd values that reach SQL. What it cannot: who may do what, guards and completeness, the words of pages, letters and files,
forms that are refused before anything is saved, how many queries a page takes, and the further cases of a table whose first
case asks the same statements. That each address answers on PostgreSQL is shown by the walk of tests/architecture, once each.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.test import TransactionTestCase

SECOND_ENGINE = "RISKREG_TEST_SECOND_ENGINE"
DATABASE_FIXTURES = {"db", "transactional_db", "django_db_reset_sequences", "django_db_serialized_rollback", "live_server"}
DATABASE_WORDS = re.compile(r"\b(django_db|transactional_db|db|cast|TestCase|celery_worker_process)\b")
MARKED_WHOLE = re.compile(r"^pytestmark = .*\b(one_engine|bench)\b", re.MULTILINE)

ASKED = {
    "analysis/test_risk_filters.py": """
        test_method_and_latest_conclusion_are_asked_of_the_same_control first
        test_a_conclusion_can_be_asked_at_a_chosen_closing
        test_the_performer_of_a_control_is_a_filter
    """,
    "analysis/test_trend.py": """
        test_each_stop_has_its_numbers
        test_deviations_and_lateness_of_each_closing
        test_what_is_confidential_now_or_was_then_is_not_counted
        test_over_the_years_a_risk_is_followed_through_what_it_was_carried_over_from
    """,
    "architecture/test_confidentiality_walk.py": """
        test_no_list_search_page_or_file_says_it first
    """,
    "architecture/test_drill.py": """
        test_the_drill_is_of_sixty_alterations_or_more_and_begins_with_an_intact_register
        test_whatever_is_altered_in_the_database_is_found_and_named
        test_whatever_is_altered_among_the_files_is_found_and_named first
    """,
    "checks/test_check_pages.py": """
        test_the_start_page_counts_the_late_ones_also_those_it_does_not_show
        test_a_late_performance_takes_files_too_and_keeps_all_or_none
        test_the_list_is_narrowed_by_whose_state_unit_and_year
    """,
    "checks/test_checking.py": """
        test_a_verb_in_a_state_by_a_role first per verb, state
        test_the_database_refuses_to_change_or_delete_what_stands
        test_the_database_refuses_a_done_check_without_what_it_came_to
        test_moved_it_is_due_another_day_and_no_second_one_is_opened
        test_a_deputy_records_it_for_the_absent
        test_of_a_performer_and_the_scheduler_at_once_one_decides
        test_a_control_s_new_performer_gets_the_checks_that_nobody_has_started
        test_a_dropped_control_s_checks_go_with_it_but_for_what_was_begun
    """,
    "evidence/test_evidence.py": """
        test_evidence_keeps_hash_size_name_and_who
        test_the_same_file_twice_is_refused_kindly_and_leaves_no_file
        test_the_same_file_may_back_two_follow_ups
        test_evidence_backs_either_a_follow_up_or_a_check
        test_a_checks_evidence_stands_once_it_is_recorded_and_refused_files_leave_nothing
    """,
    "filtering/test_filters.py": """
        test_each_filter_lets_through_what_it_says
        test_units_people_categories_and_plans_filter_by_themselves
        test_a_band_is_asked_of_each_risks_own_matrix
        test_nonsense_never_breaks_the_file
        test_the_choices_hold_only_what_the_person_can_see
        test_units_are_a_tree_in_swedish_order
        test_people_are_offered_in_swedish_order
    """,
    "follow_ups/test_actions.py": """
        test_the_table_decides_for_every_role_in_the_own_unit_and_in_another first per verb
        test_taking_up_again_demands_a_reason_and_keeps_what_was_noted_in_the_history
        test_the_second_of_two_who_note_the_effect_is_told
    """,
    "follow_ups/test_backing.py": """
        test_an_approval_asks_the_methods_again
        test_samples_of_many_are_read_at_once_and_each_has_its_own first
    """,
    "follow_ups/test_completeness.py": """
        test_what_is_refused_writes_nothing_at_all
        test_changing_the_decision_removes_open_measures_and_keeps_done_ones
        test_a_kept_measure_keeps_its_row
    """,
    "follow_ups/test_deputies.py": """
        test_the_history_says_who_really_did_it_and_for_whom
        test_the_inbox_holds_exactly_what_can_be_approved
        test_they_are_counted_with_the_own_ones
        test_the_deputy_finds_them_in_the_list
    """,
    "follow_ups/test_follow_up_list.py": """
        test_each_sees_the_follow_ups_of_their_units
        test_what_is_to_be_done_comes_before_what_is_approved_and_a_heading_sorts_as_it_says
        test_filters_and_search_find
        test_what_waits_for_my_approval_is_a_filter
        test_a_batch_counts_what_was_done_and_what_was_refused_and_why
    """,
    "follow_ups/test_follow_up_page.py": """
        test_a_draft_is_kept_with_everything_written
        test_saving_twice_keeps_one_row_of_each_measure
        test_the_second_save_shows_the_first_ones_changes_beside_what_was_typed
    """,
    "follow_ups/test_follow_up_page_verbs.py": """
        test_evidence_is_removed_with_a_reason
        test_a_measure_is_marked_as_done_with_its_effect
    """,
    "follow_ups/test_follow_up_verbs.py": """
        test_who_does_not_see_a_confidential_risk_cannot_move_its_follow_up
        test_each_move_leaves_a_history_row_with_who_and_why
        test_saving_the_same_draft_twice_leaves_one_history_row
        test_a_manager_hands_a_follow_up_to_somebody_else_with_what_is_written
        test_what_is_returned_after_its_performer_left_is_nobodys
        test_reopening_takes_the_approval_away_and_says_why
    """,
    "follow_ups/test_four_eyes.py": """
        test_approvers_are_the_managers_of_the_unit_and_above_in_force_and_active
    """,
    "follow_ups/test_inbox.py": """
        test_what_is_due_lies_in_its_pile_by_date
        test_of_two_due_on_one_day_the_greater_risk_comes_first
        test_a_manager_sees_what_waits_for_approval_but_not_their_own_work
        test_a_controller_sees_how_much_is_late_in_all_units
        test_what_nobody_performs_is_counted_for_those_who_may_take_it_on
        test_sections_are_limited_and_say_how_many_more
    """,
    "follow_ups/test_municipality_wide.py": """
        test_each_committee_and_company_gets_its_own
        test_run_twice_it_makes_none_twice_and_a_new_unit_gets_its_own
        test_who_is_not_chosen_any_more_loses_what_nobody_has_started
        test_the_board_and_above_see_all_a_unit_its_own
        test_actions_and_evidence_go_with_their_follow_up
        test_a_confidential_one_takes_the_right_where_the_risk_is_owned_or_to_be_named
        test_the_report_has_the_units_as_rows_under_it
    """,
    "follow_ups/test_without_statistics.py": """
        test_pages_answer_on_tables_without_statistics first
        test_an_import_into_tables_that_were_taken_for_empty_makes_their_statistics
    """,
    "heatmap/test_heatmap.py": """
        test_each_cell_holds_the_risks_with_its_factors
        test_a_score_without_factors_is_in_no_cell_and_names_the_cells_it_could_be
        test_every_risk_is_counted_once
        test_a_band_counts_its_risks_placed_or_not
        test_of_several_matrices_the_one_most_plans_use_is_shown_and_the_others_risks_are_a_link_away
        test_factors_that_the_matrix_does_not_have_are_counted_and_said
        test_a_confidential_risk_is_neither_counted_nor_named_without_the_right
        test_a_unit_is_shown_with_all_below_it_and_a_plan_alone
    """,
    "heatmap/test_heatmap_history_page.py": """
        test_a_day_shows_what_was_there
        test_who_reaches_a_part_of_the_tree_looks_back_at_that_part
        test_last_years_plans_are_compared_through_the_links
        test_every_number_leads_to_as_many_names first
        test_the_days_it_was_confidential_do_not_tell first
    """,
    "heatmap/test_hidden_risks.py": """
        test_they_are_counted_for_who_does_not_see_them first
        test_units_plans_and_years_narrow_the_count_and_nothing_else_does first
        test_those_one_owns_or_is_named_for_are_shown_and_not_counted
        test_the_right_at_one_committee_opens_no_other_committees_risk
    """,
    "heatmap/test_history_ends.py": """
        test_a_look_back_is_a_replay_of_the_history_however_it_was_written first
        test_what_was_written_while_migrating_is_made_up_for
        test_a_deleted_risk_leaves_its_history_and_no_trouble
        test_two_who_write_of_one_risk_at_once_leave_the_right_ends
        test_a_planted_fault_is_found_and_mended
    """,
    "importing/test_import_command.py": """
        test_it_imports_a_plan_with_results
        test_a_row_with_an_error_is_named_and_nothing_is_written
    """,
    "importing/test_import_pages.py": """
        test_confirming_twice_imports_once
        test_an_unknown_heading_is_mapped_by_hand_and_remembered_for_the_unit
        test_the_preview_names_what_the_plan_holds_and_the_file_does_not
    """,
    "importing/test_plan_import.py": """
        test_a_file_becomes_a_plan_with_risks_and_controls
        test_the_history_says_who_imported_what_file
        test_the_same_file_again_changes_nothing_and_says_so
        test_a_changed_file_shows_each_field_that_would_change
        test_what_remains_after_controls_is_read_with_its_factors_or_as_a_score
        test_results_go_to_the_chosen_closing
        test_results_again_change_nothing
        test_an_adopted_plans_risks_stand_but_results_go_in
        test_nothing_is_written_when_one_row_is_wrong
        test_the_files_numbers_are_kept
        test_a_risk_is_never_renamed_to_one_that_stands_further_down
        test_a_confidential_risk_takes_no_part_in_the_import_of_who_does_not_see_it
        test_the_people_of_another_municipality_are_not_found_by_name
    """,
    "importing/test_what_an_import_submits.py": """
        test_an_import_leaves_what_the_comparison_read_of_the_plan
    """,
    "pages/test_risk_pages.py": """
        test_titles_sort_in_swedish_order_both_ways
        test_the_highest_score_comes_first_and_the_unscored_last
        test_every_heading_sorts_both_ways_and_tells_it
        test_fifty_risks_make_a_page_and_none_is_lost_between_pages
        test_each_row_says_how_the_risk_is_followed_up_and_what_that_concluded_last
        test_the_gravest_of_several_controls_conclusions_stands_first
        test_each_plan_says_its_state_and_how_its_risks_are_spread
        test_the_plans_page_has_its_facts_and_its_risks_in_order_with_controls
    """,
    "people/test_accounts.py": """
        test_is_sent_and_lets_its_person_choose_a_password_and_in
        test_is_told_to_the_old_one_and_to_the_new
        test_is_told_in_a_letter_ends_the_sessions_and_stands_in_the_history
        test_leaves_the_change_and_is_refused first
        test_is_not_undone_by_a_sign_in_that_ends_the_wait_for_links
    """,
    "people/test_deputyship.py": """
        test_the_deputy_may_what_the_absent_person_may
        test_the_right_to_confidential_risks_follows_the_grant
        test_it_begins_on_its_first_day_and_ends_by_itself_after_its_last
        test_a_membership_that_has_run_out_is_not_lent
        test_the_same_deputy_is_not_set_twice_for_a_day
        test_the_database_refuses_nonsense
        test_what_was_called_off_can_be_set_anew
        test_rows_made_in_bulk_say_it_too
        test_the_list_shows_only_what_concerns_the_person
    """,
    "people/test_handing_over.py": """
        test_everything_goes_in_one_step_and_is_counted
        test_every_record_says_who_moved_it_from_whom_and_why
        test_who_takes_over_must_be_able_to_and_else_nothing_moves
    """,
    "people/test_organisation.py": """
        test_a_moved_unit_takes_everything_below_it_along
        test_names_are_unique_under_their_parent_and_at_the_top
        test_an_address_is_one_person_s_whatever_its_case
        test_a_role_reaches_the_units_below_and_no_other
        test_a_role_counts_between_its_dates
        test_signing_in_leaves_no_row_in_the_history
        test_a_new_version_is_a_copy_that_leaves_the_old_one
        test_a_matrix_with_a_gap_in_its_scale_is_refused_and_nothing_is_kept
    """,
    "plan_controls/test_control.py": """
        test_each_verb_in_each_state_for_each_role_here_and_elsewhere first per verb
        test_dropping_demands_a_reason_and_takes_the_planned_follow_ups_with_it
        test_a_planned_follow_up_goes_to_the_new_performer_and_a_begun_one_stays
        test_a_save_on_top_of_anothers_is_refused
    """,
    "plan_controls/test_plan_parts.py": """
        test_a_year_is_ready_made_and_only_what_is_missing_is_offered
        test_dates_out_of_order_are_refused_at_their_field
    """,
    "plan_controls/test_rescheduling.py": """
        test_another_frequency_withdraws_what_lies_ahead_and_nothing_else
        test_what_is_begun_stands
        test_given_dates_are_kept_in_order
        test_a_day_is_put_elsewhere_and_the_check_goes_along
        test_next_year_s_control_keeps_its_schedule
    """,
    "plans/test_assessing.py": """
        test_each_verb_in_each_state_of_the_plan first per verb
        test_a_new_score_demands_a_reason_and_the_history_keeps_it
        test_in_an_adopted_plan_the_text_stands_beside_a_reassessment
        test_what_is_not_changed_writes_no_history
        test_the_decision_on_a_carried_risk_says_what_by_whom_and_why
    """,
    "plans/test_placing.py": """
        test_a_placed_risk_keeps_its_score_and_remembers_who_and_why
        test_a_double_click_is_one_change
        test_a_note_longer_than_its_column_is_refused
    """,
    "plans/test_plan_admin.py": """
        test_a_plan_goes_from_proposal_to_adoption_by_its_buttons
        test_a_batch_says_how_many_were_done_and_which_were_refused_and_why
    """,
    "plans/test_plan_versions.py": """
        test_a_version_keeps_matrix_risks_and_controls_as_they_were
        test_a_version_is_never_changed_and_never_deleted
        test_a_revised_plan_gets_a_second_version_and_the_first_stays
        test_what_has_changed_since_is_told_field_by_field
        test_content_altered_in_the_database_is_told
    """,
    "plans/test_planning.py": """
        test_each_verb_in_each_state_for_each_role_here_and_elsewhere first per verb
        test_a_document_that_is_refused_leaves_no_trace
        test_unit_year_and_matrix_stand_once_there_are_risks
        test_a_second_plan_of_the_year_is_refused_in_words
        test_next_years_plan_keeps_every_score_and_links_to_where_it_came_from
        test_carrying_over_twice_changes_nothing
        test_another_plan_of_that_year_is_not_overwritten_but_an_empty_draft_is_filled
    """,
    "plans/test_residual.py": """
        test_factors_give_the_score_and_the_history_says_why
        test_the_database_refuses_nonsense
        test_it_is_carried_over
    """,
    "plans/test_risk_admin.py": """
        test_a_risk_is_added_with_the_next_number_and_its_controls
        test_two_at_once_are_shown_side_by_side_and_nothing_typed_is_lost
        test_a_batch_drops_with_one_reason_and_counts_what_was_refused
    """,
    "reminders/test_calendar.py": """
        test_it_holds_what_is_due_to_the_person_and_the_closings
        test_a_moved_deadline_keeps_its_uid_and_counts_its_sequence_up
        test_read_again_with_nothing_changed_it_is_the_same_to_the_letter
        test_what_is_given_to_another_is_cancelled_here_and_comes_there_and_back_again first
        test_shows_what_is_done_there_and_below
        test_its_performer_has_the_day_without_the_title
    """,
    "reminders/test_delivery.py": """
        test_it_is_sent_once_with_the_ledgers_message_id_and_the_servers_answer_kept
        test_is_tried_again_later_then_given_up_with_the_answer
        test_of_two_that_chose_the_same_letters_one_has_each
        test_ten_workers_at_once_send_each_letter_once
        test_a_worker_that_is_not_heard_of_loses_its_claim
        test_one_that_was_stopped_for_long_sends_nothing_more
        test_a_clock_that_is_set_back_keeps_nothing_waiting first
        test_is_written_on_a_new_connection_when_the_database_went_away
        test_one_that_died_before_it_repeats_the_letter_with_the_same_message_id
    """,
    "reminders/test_due.py": """
        test_each_stage_is_said_once_on_its_day
        test_run_again_and_again_on_a_day_it_says_nothing_twice
        test_an_approval_to_who_may_give_it
        test_a_check_to_its_performer_with_stages_that_fit_how_often_it_comes
        test_a_measure_to_who_is_responsible
        test_the_report_to_the_controller_until_the_day
        test_what_nobody_performs_to_the_manager_at_once
    """,
    "reminders/test_due_to_a_person.py": """
        test_get_them_instead_while_it_lasts_and_the_absent_one_what_is_open_afterwards
        test_a_manager_without_the_right_is_not_told_and_the_owner_is
        test_once_a_week_to_a_manager_with_something_late_or_to_approve
    """,
    "reminders/test_operation.py": """
        test_the_page_shows_the_queue_the_ledger_and_the_failures
        test_are_forgotten_after_a_quarter
        test_a_reminder_goes_all_the_way
        test_a_task_that_fails_is_kept_as_a_row
    """,
    "reminders/test_pages.py": """
        test_is_kept_and_holds
        test_shows_first_what_was_given_up_then_what_failed
        test_names_nothing_that_the_reader_may_not_see
        test_puts_it_first_with_its_attempts_before_it
        test_repeats_what_was_said_when_somebody_asks_for_it_and_once_a_day
        test_are_set_and_changed_with_who_and_why
        test_old_letters_go_and_are_counted_but_for_those_of_what_is_open
    """,
    "reporting/test_hand_in.py": """
        test_every_kind_of_report_is_handed_in_with_files_hashes_and_seal first
        test_later_changes_never_alter_it
        test_it_cannot_be_changed_or_deleted
        test_the_database_refuses_to_change_or_delete_it_and_its_files
        test_an_alteration_behind_the_products_back_is_seen
        test_a_new_version_shows_what_changed
        test_a_job_runs_once_and_an_interrupted_one_goes_on
    """,
    "reporting/test_jobs.py": """
        test_a_job_over_which_workers_die_is_handed_on_and_then_given_up
        test_every_attempt_counts
        test_one_that_no_worker_comes_for_within_a_day_is_given_up_and_no_younger_one
        test_drafts_are_weeded_with_their_files_a_day_after
        test_what_an_interrupted_worker_left_goes_with_its_job
        test_of_what_is_handed_in_nothing_but_the_finished_job_goes
    """,
    "reporting/test_rows.py": """
        test_the_highest_score_stands_first_then_the_lowest_number_and_unscored_risks_last
        test_controls_under_one_risk_keep_their_order_and_the_risk_spans_them
        test_several_units_follow_ups_of_one_control_are_rows_under_it_by_the_units_names
        test_a_follow_up_with_two_actions_is_one_row_with_both_in_order
        test_dropped_risks_and_dropped_controls_are_not_reported
        test_only_the_follow_ups_of_the_closing_are_reported
        test_the_report_counts_conclusions_states_and_what_is_missing
        test_rows_hold_words_and_values_that_can_be_kept
        test_others_see_how_many_are_left_out_and_by_which_section
        test_the_list_of_reports_counts_what_the_reports_count
        test_the_list_of_reports_holds_what_the_reader_may_read
    """,
    "reporting/test_views.py": """
        test_a_choice_that_is_no_number_is_not_found
        test_the_list_shows_how_far_each_report_has_come
        test_years_are_chosen_and_the_one_to_be_reported_is_shown_first
    """,
    "riskreg_hooks/test_carrying_over.py": """
        test_controls_come_along_with_a_link_but_not_those_that_were_dropped
        test_last_years_latest_conclusion_and_open_actions_are_beside_the_risk
        test_an_action_that_is_open_since_two_years_is_still_there
        test_what_a_person_may_not_see_does_not_come_along_for_them
        test_all_that_are_left_are_kept_in_one_press
    """,
    "running/test_services.py": """
        test_a_worker_of_its_own_takes_the_tasks
    """,
    "sampling/test_drawing.py": """
        test_each_item_has_its_row_its_ticket_and_its_leaf
        test_a_seed_is_set_once
        test_drawing_twice_is_refused
        test_a_second_sample_for_the_same_check_is_refused_by_the_database
        test_for_another_check_it_is_drawn_from_and_the_earlier_draw_is_shown
        test_an_extension_keeps_the_prefix_and_the_record_tells
        test_a_sample_is_closed_when_everything_is_examined_and_reopened_with_a_reason
        test_the_database_refuses_a_drawn_sample_that_contradicts_itself
        test_what_others_see
    """,
    "sampling/test_drawing_by_itself.py": """
        test_a_week_before_the_check_is_due_riskreg_draws_it_and_signs_it
        test_run_again_it_draws_nothing_twice
        test_ten_schedulers_and_ten_workers_at_once_draw_it_once
    """,
    "sampling/test_extending.py": """
        test_an_extension_after_an_outcome_is_a_stage_and_the_next_another
        test_a_draw_by_amount_is_the_reference_selection_and_is_evaluated_by_the_same_interval
    """,
    "sampling/test_groups_are_reserved.py": """
        test_who_may_not_read_the_rows_is_told_no_groups_name
    """,
    "sampling/test_outcomes.py": """
        test_an_outcome_is_kept_with_who_when_and_its_history
        test_the_same_again_writes_nothing
        test_the_second_of_two_at_once_is_refused_and_shown_what_the_first_wrote
        test_by_amount_the_correct_amount_is_kept
        test_a_second_save_by_keyboard_gets_the_firsts_words_and_loses_nothing
    """,
    "sampling/test_populations.py": """
        test_a_locked_population_has_its_counts_its_hash_and_its_time
        test_once_locked_nothing_of_it_changes
        test_a_draft_can_be_discarded_with_its_file
        test_only_one_thing_at_a_time_is_done_with_a_population
        test_a_saved_source_brings_its_columns_to_the_next_file
        test_a_locked_population_keeps_what_it_says
        test_a_run_that_ended_has_its_time
    """,
    "sampling/test_verification.py": """
        test_everything_is_proven_of_an_untouched_sample first
        test_replaced_and_extended_it_is_still_proven
        test_a_change_behind_the_product_s_back_is_seen first
        test_when_the_time_is_over_the_file_and_the_personal_columns_go
        test_the_trail_says_what_was_weeded_and_still_verifies
        test_nothing_is_weeded_before_its_time_or_on_legal_hold_or_twice
    """,
    "security/test_earlier_draws.py": """
        test_another_units_draws_are_counted_and_not_named first
        test_a_confidential_risks_draw_is_counted_and_not_named
    """,
    "security/test_escalation.py": """
        test_rows_of_others_are_not_reached_by_choosing_all
        test_who_is_in_force_only_elsewhere_or_in_another_time_does_nothing
        test_a_risk_that_turns_confidential_is_gone_at_once
    """,
    "security/test_odd_fields.py": """
        test_no_field_of_a_form_crashes_it
        test_no_word_of_a_pages_address_crashes_it
        test_an_exception_that_is_none_is_not_found first
    """,
    "security/test_odd_requests.py": """
        test_no_question_to_a_list_crashes_it
        test_no_number_in_a_form_crashes_it first
        test_a_search_is_text_and_never_the_databases_language
        test_the_character_nul_in_an_address_is_refused first
        test_the_character_nul_in_a_form_is_an_error_at_its_field
    """,
    "security/test_sign_in.py": """
        test_case_blanks_and_wide_letters_count_as_the_same_account
        test_the_answer_does_not_tell_whether_there_is_such_an_account
        test_the_worker_writes_the_letter_and_the_request_does_not_look_the_account_up
        test_the_answer_is_the_same_for_everybody_but_only_active_accounts_are_sent_a_letter
    """,
    "start_page/test_first_steps.py": """
        test_each_step_is_ticked_off_when_its_thing_is_there_and_the_list_goes_with_the_last
        test_another_municipality_s_things_tick_nothing_off
    """,
    "test_seed_register.py": """
        test_there_are_as_many_risks_as_asked_for_with_controls_history_and_follow_ups
        test_more_can_be_added_later_and_what_is_there_counts
    """,
    "trail/test_auditors_page.py": """
        test_the_page_shows_the_head_the_seals_and_what_is_not_sealed
        test_a_small_trail_is_verified_at_once
        test_a_seal_that_an_earlier_verification_saw_must_still_be_there
        test_a_verification_whose_worker_died_can_be_run_again
        test_the_worker_seals_and_verifies
    """,
    "trail/test_export.py": """
        test_an_export_verifies_with_its_heads
        test_an_export_with_weeded_rows_verifies
        test_an_auditor_of_one_committee_reads_its_rows_and_verifies_all
        test_a_confidential_risk_is_withheld_from_who_may_not_see_it
        test_the_rows_of_a_deleted_record_are_withheld_from_who_does_not_read_the_whole_trail
    """,
    "trail/test_reading.py": """
        test_a_change_is_told_with_who_when_why_and_old_to_new
        test_a_deleted_users_name_stays
        test_rows_made_in_bulk_name_their_author_too
        test_rows_dated_back_are_compared_with_the_row_before_them_in_time
        test_a_deleted_records_history_is_for_who_reads_the_whole_trail
        test_the_timeline_tells_the_risks_whole_life_newest_first
    """,
    "trail/test_tampering.py": """
        test_an_untouched_trail_is_intact
        test_a_changed_value_is_found_in_its_row
        test_a_value_of_the_wrong_kind_is_found
        test_a_deleted_row_is_found first
        test_a_row_inserted_between_two_sealed_ones_is_found
        test_a_row_that_was_under_way_while_the_seal_was_made_is_no_alteration
        test_swapped_rows_are_found_as_such
        test_a_changed_seal_is_found first
        test_changed_contents_of_a_seal_are_found
        test_a_changed_entry_of_a_seal_is_found first
        test_an_authors_account_may_be_deleted_without_breaking_a_seal
        test_many_alterations_are_counted_and_the_first_are_named
    """,
    "trail/test_weeding.py": """
        test_a_weeded_row_verifies_and_its_words_and_salt_are_gone
        test_a_row_may_be_weeded_twice
    """,
    "verbs/test_deputies_in_the_history.py": """
        test_what_a_deputy_does_and_the_worker_finishes_names_both first per name
        test_what_a_deputy_makes_and_the_worker_finishes_names_both first
    """,
    "web/test_asking.py": """
        test_what_somebody_else_saved_meanwhile_is_shown_beside_ones_own_and_sending_again_is_a_decision
    """,
    "year/test_year_closings.py": """
        test_a_whole_year_is_looked_at_and_made_in_one_step
        test_what_is_there_stays_and_nothing_is_made_twice
    """,
    "year/test_year_page.py": """
        test_every_check_and_follow_up_is_in_one_state
        test_one_sees_the_year_of_one_s_own_units
        test_a_confidential_risk_is_not_counted_for_who_does_not_see_it
    """,
    "year/test_year_run.py": """
        test_a_check_is_opened_three_weeks_before_it_is_due
        test_run_again_it_opens_nothing_twice
        test_a_missed_check_stays_visible_and_the_next_one_comes
        test_on_its_last_day_a_check_is_not_missed_yet
        test_only_an_adopted_plan_opens_checks first
        test_a_municipality_wide_control_is_performed_by_every_unit
        test_an_exception_leaves_out_a_day_or_moves_it
        test_follow_ups_are_prepared_two_weeks_before_the_cut_off_and_once
        test_ten_workers_at_once_leave_what_one_leaves first
        test_two_schedulers_whose_days_disagree_end_up_with_the_later_one_s_rows
    """,
}
"""By file: a test a line. `first`: of its cases the first; `first per verb, state`: the first for each verb in each state."""


class Asked(NamedTuple):
    """How a test is asked: with every case, or with the first for each combination of these parameters."""

    every_case: bool
    per: tuple[str, ...]


def asked_in(lines: str) -> dict[str, Asked]:
    """Read the tests of one file in ASKED, by name."""
    found = {}
    for line in lines.strip().splitlines():
        name, _, cases = line.strip().partition(" ")
        if cases and not cases.startswith("first"):
            raise ValueError(f"{line.strip()!r}: after the name comes nothing, `first` or `first per` and parameters")
        per = cases.removeprefix("first").strip().removeprefix("per").split(",")
        found[name] = Asked(not cases, tuple(parameter.strip() for parameter in per if parameter.strip()))
    return found


def touches_database(item: pytest.Item) -> bool:
    """Whether the test reads or writes the database, as far as its markers and fixtures tell."""
    fixtures = set(getattr(item, "fixturenames", ()))
    case = getattr(item, "cls", None)
    return (
        item.get_closest_marker("django_db") is not None
        or bool(fixtures & DATABASE_FIXTURES)
        or (isinstance(case, type) and issubclass(case, TransactionTestCase))
    )


def chosen(items: Iterable[pytest.Item]) -> list[pytest.Item]:
    """Return the tests for the second engine, in their order."""
    seen: set[Any] = set()
    tables = {file: asked_in(lines) for file, lines in ASKED.items()}
    return [
        item
        for item in items
        if touches_database(item)
        and not any(map(item.get_closest_marker, ("journey", "one_engine")))
        and _is_asked(item, tables.get(item.nodeid.partition("::")[0].removeprefix("tests/")), seen)
    ]


def _is_asked(item: pytest.Item, table: dict[str, Asked] | None, seen: set[Any]) -> bool:
    if table is None:
        return True
    asked = table.get(getattr(item, "originalname", item.name))
    if asked is None or asked.every_case:
        return asked is not None
    parameters = item.callspec.params if hasattr(item, "callspec") else {}
    case = (item.nodeid.partition("[")[0], *(repr(parameters[name]) for name in asked.per))
    is_first = case not in seen
    seen.add(case)
    return is_first


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--second-engine", action="store_true", help="only what the database engine can change")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--second-engine"):
        os.environ[SECOND_ENGINE] = "1"


def may_be_asked(source: str) -> bool:
    """Whether a test file could hold anything for the second engine, as far as its text tells; else it is not even imported."""
    return bool(DATABASE_WORDS.search(source)) and not MARKED_WHOLE.search(source)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out files unread: importing them takes a worker half of the time of collecting."""
    if config.getoption("--second-engine") and collection_path.match("test_*.py"):
        return None if may_be_asked(collection_path.read_text(encoding="utf-8")) else True
    return None


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """A folder with nothing for the second engine has passed there."""
    if session.config.getoption("--second-engine") and exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
        session.exitstatus = pytest.ExitCode.OK


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--second-engine"):
        repeated = chosen(items)
        kept = set(repeated)
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = repeated
