"""What the second engine is asked of the tests of what `controls` does: follow-ups, checks, imports, sampling and the year."""

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
    "follow_ups/test_contributions.py": """
        test_who_did_part_of_it_does_not_approve_it first
        test_the_period_begins_after_the_closing_before
        test_what_was_approved_before_it_was_taken_up_again_counts_no_longer
        test_who_a_deputy_stood_in_for_is_known_by_the_day_and_whatever_they_are_called_now
        test_late_performances_are_told_like_other_checks
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
    "follow_ups/test_opening.py": """
        test_each_control_gets_a_planned_follow_up_with_its_performer_and_the_closings_date
        test_opening_twice_makes_none_twice_and_says_how_many_were_there
        test_what_was_ongoing_at_the_half_year_comes_back_at_the_year_end_with_who_performed_it
        test_a_yearly_control_concluded_at_the_half_year_is_not_asked_for_again
        test_a_manager_opens_those_of_their_own_plan
    """,
    "follow_ups/test_without_statistics.py": """
        test_pages_answer_on_tables_without_statistics first
        test_an_import_into_tables_that_were_taken_for_empty_makes_their_statistics
    """,
    "importing/test_confidential_rows.py": """
        test_who_may_not_see_the_risk_cannot_make_it_again_in_the_open
        test_a_corrected_title_under_the_risks_number_is_the_same_risk
        test_who_may_see_the_risk_imports_the_file_into_it
        test_an_open_risk_of_the_same_title_is_meant_first
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
    "importing/test_questions.py": """
        test_of_several_plans_a_person_chooses_one
        test_a_mapping_on_the_command_line_is_not_remembered
    """,
    "importing/test_reading_of_uploads.py": """
        test_others_can_write_while_a_file_is_read
        test_preview_and_confirmation_do_not_read_the_file_again
        test_what_was_read_is_unfolded_before_anything_is_locked
        test_what_was_read_is_deleted_when_the_import_is_over first
        test_a_reading_that_three_workers_died_over_is_given_up
    """,
    "importing/test_rows_without_a_control.py": """
        test_results_alone_go_to_the_risks_only_control
        test_a_control_is_made_of_the_methods_words
        test_two_methods_of_one_risk_are_two_controls
        test_without_any_control_it_is_asked_once_for_the_file
        test_the_question_is_answered_on_the_page
    """,
    "importing/test_what_an_import_submits.py": """
        test_an_import_leaves_what_the_comparison_read_of_the_plan
    """,
    "plan_controls/test_control.py": """
        test_each_verb_in_each_state_for_each_role_here_and_elsewhere first per verb
        test_dropping_demands_a_reason_and_takes_the_planned_follow_ups_with_it
        test_a_planned_follow_up_goes_to_the_new_performer_and_a_begun_one_stays
        test_a_save_on_top_of_anothers_is_refused
    """,
    "plan_controls/test_left_to_do.py": """
        test_the_rows_stand_together_as_the_source_words_them
        test_one_person_is_named_for_many_and_the_history_says_who_named_them
        test_a_group_that_somebody_else_has_done_is_said_and_nothing_is_changed
        test_all_are_named_or_none
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
    "reminders/test_missing_plans.py": """
        test_told_about_once_a_month_from_october_and_every_week_from_new_year
        test_the_ledger_keeps_a_line_as_long_as_the_plan_is_missing
    """,
    "reminders/test_new_passwords.py": """
        test_no_link_is_in_the_database
        test_whoever_comes_while_another_waits_for_the_server_does_not_wait
        test_the_turn_ends_with_a_fault
        test_asked_again_while_one_waits_it_is_the_same_letter_tried_at_once
        test_it_leaves_at_night_and_takes_no_days_reminders_place
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
    "riskreg_hooks/test_named_people.py": """
        test_the_performer_of_a_control_sees_the_risk_and_the_control
        test_who_is_responsible_for_an_action_sees_it
        test_being_named_reaches_no_other_confidential_risk
        test_several_duties_in_one_risk_show_it_once
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
    "sampling/test_population_questions.py": """
        test_it_is_not_locked_while_a_question_is_open
        test_a_lock_that_was_asked_for_before_the_question_was_known_fails_and_says_so
        test_the_answers_stand_in_the_history_of_the_lock_and_in_the_record
        test_another_amount_column_takes_back_the_answers_about_the_amounts
        test_once_weeded_nothing_of_the_questions_quotes_a_row
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
    "start_page/test_first_steps.py": """
        test_each_step_is_ticked_off_when_its_thing_is_there_and_the_list_goes_with_the_last
        test_another_municipality_s_things_tick_nothing_off
    """,
    "test_seed_register.py": """
        test_there_are_as_many_risks_as_asked_for_with_controls_history_and_follow_ups
        test_more_can_be_added_later_and_what_is_there_counts
    """,
    "verbs/test_deputies_in_the_history.py": """
        test_what_a_deputy_does_and_the_worker_finishes_names_both first per name
        test_what_a_deputy_makes_and_the_worker_finishes_names_both first
    """,
    "year/test_turn_of_the_year.py": """
        test_told_to_run_on_the_checks_go_on_from_new_year
        test_with_the_new_plan_they_stop_and_no_period_is_checked_twice
        test_where_nothing_ran_on_the_new_plan_begins_with_its_adoption
        test_run_again_it_opens_nothing_twice
        test_what_is_to_come_is_the_new_plan_s_alone_once_it_is_adopted
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
