"""What the second engine is asked of the tests of `riskreg` and of the whole site: plans, people, the trail, the walks."""

ASKED = {
    "architecture/test_confidentiality_walk.py": """
        test_no_list_search_page_or_file_says_it first
    """,
    "architecture/test_drill.py": """
        test_the_drill_is_of_sixty_alterations_or_more_and_begins_with_an_intact_register
        test_whatever_is_altered_in_the_database_is_found_and_named
        test_whatever_is_altered_among_the_files_is_found_and_named first
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
    "people/test_passwords.py": """
        test_is_told_in_a_letter_ends_the_sessions_and_stands_in_the_history
        test_leaves_the_change_and_is_refused first
        test_is_not_undone_by_a_sign_in_that_ends_the_wait_for_links
    """,
    "plans/test_assessing.py": """
        test_each_verb_in_each_state_of_the_plan first per verb
        test_a_new_score_demands_a_reason_and_the_history_keeps_it
        test_in_an_adopted_plan_the_text_stands_beside_a_reassessment
        test_what_is_not_changed_writes_no_history
        test_the_decision_on_a_carried_risk_says_what_by_whom_and_why
    """,
    "plans/test_coverage.py": """
        test_the_next_years_plan_is_asked_for_from_the_first_of_october first
        test_a_committee_is_told_from_october_and_loudly_from_new_year_until_its_plan_is_adopted
        test_a_plan_under_revision_applies_and_is_not_missing
        test_who_had_no_plan_for_two_years_or_is_no_unit_any_more_ought_to_have_none
        test_months_before_the_adoption_are_not_covered_and_those_to_come_are_not_judged
        test_a_plan_that_runs_on_covers_from_the_day_it_was_told_to_the_day_it_was_stopped
        test_a_first_adoption_counts_though_the_plan_was_adopted_anew
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
    "running/test_services.py": """
        test_a_worker_of_its_own_takes_the_tasks
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
    "trail/test_anchoring.py": """
        test_a_place_that_is_away_delays_nothing_and_is_tried_again
        test_a_newer_head_takes_the_place_of_one_that_waits
        test_of_two_workers_one_makes_the_anchor
        test_a_kept_copy_finds_what_the_register_has_forgotten
    """,
    "trail/test_anchors.py": """
        test_a_head_is_anchored_once_however_often_it_is_asked_for
        test_rewriting_everything_at_once_is_found_by_the_file
        test_a_register_without_a_single_seal_is_found_by_the_file
    """,
    "trail/test_auditors_page.py": """
        test_the_page_shows_the_head_the_seals_and_what_is_not_sealed
        test_a_small_trail_is_verified_at_once
        test_a_seal_that_an_earlier_verification_saw_must_still_be_there
        test_a_verification_whose_worker_died_can_be_run_again
        test_the_worker_seals_and_verifies
    """,
    "trail/test_confidential_times.py": """
        test_nothing_of_it_is_shown_to_who_may_not_see_such_risks first
        test_who_may_see_such_risks_reads_all_of_it
        test_an_export_holds_the_hashes_alone_of_such_rows
        test_nor_do_the_actions_of_then
        test_what_belonged_to_something_deleted_is_withheld
    """,
    "trail/test_earlier_wording.py": """
        test_without_a_yes_it_is_told_nowhere_and_with_it_everywhere
        test_a_later_confidential_time_is_withheld_again
        test_a_look_back_counts_the_confidential_days_only_by_a_yes
    """,
    "trail/test_export.py": """
        test_an_export_verifies_with_its_heads
        test_an_export_with_weeded_rows_verifies
        test_an_auditor_of_one_committee_reads_its_rows_and_verifies_all
        test_a_confidential_risk_is_withheld_from_who_may_not_see_it
        test_the_rows_of_a_deleted_record_are_withheld_from_who_does_not_read_the_whole_trail
    """,
    "trail/test_files.py": """
        test_files_as_they_were_kept_are_no_finding_and_are_counted
        test_a_changed_file_is_named first
        test_a_missing_file_is_named first
        test_two_files_that_changed_places_are_named_as_that
        test_a_file_changed_with_its_record_s_hash_is_named_by_the_history_s
        test_a_file_removed_by_the_product_meanwhile_is_no_alteration
    """,
    "trail/test_reading.py": """
        test_a_change_is_told_with_who_when_why_and_old_to_new
        test_a_deleted_users_name_stays
        test_rows_made_in_bulk_name_their_author_too
        test_rows_dated_back_are_compared_with_the_row_before_them_in_time
        test_a_deleted_records_history_is_for_who_reads_the_whole_trail
        test_the_timeline_tells_the_risks_whole_life_newest_first
    """,
    "trail/test_since.py": """
        test_a_file_is_left_out_when_neither_its_record_nor_the_file_has_changed
        test_it_looks_at_later_seals_alone_and_says_what_it_left_out
        test_what_came_since_is_verified_as_ever
        test_a_record_changed_outside_the_product_is_found_however_old_it_is
        test_an_old_row_changed_with_its_seals_left_alone_is_not_looked_at_and_the_whole_finds_it
        test_an_old_seal_changed_or_gone_is_found
        test_it_goes_on_from_a_whole_one_without_findings_only
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
    "web/test_asking.py": """
        test_what_somebody_else_saved_meanwhile_is_shown_beside_ones_own_and_sending_again_is_a_decision
    """,
}
