"""The administration's part of the access table (tests.architecture.access_table): its addresses, its lists' actions."""

ADMIN_ADDRESSES = """
The administration: its own addresses
admin:index                                         | omcadesn          | .
admin:login                                         | omcadesn          | .
admin:logout                                        | .                 | .
admin:password_change                               | omcadesn          | omcadesn
admin:password_change_done                          | omcadesn          | .
admin:autocomplete                                  | omcades           | .
admin:jsi18n                                        | omcadesn          | .
admin:view_on_site                                  | omcadesn          | .
admin:app_list                                      | omcades           | .
admin:admin/(?P<url>.*)$                            | .                 | .

Units
admin:riskreg_unit_changelist                       | omcades           | .
admin:riskreg_unit_add                              | ds                | ds           s
admin:riskreg_unit_change                           | omcades     es    | ds           s
admin:riskreg_unit_history                          | omcades     es    | .            .
admin:riskreg_unit_delete                           | .           .     | .            .
admin:admin/riskreg/unit/<path:object_id>/          | omcadesn          | .

People: one's own page for who administers nobody else
admin:riskreg_user_changelist                       | ds                | .
admin:riskreg_user_add                              | ds                | ds           s
admin:riskreg_user_change                           | ds          s     | ds           s
admin:riskreg_user_history                          | ds          s     | .            .
admin:riskreg_user_delete                           | .           .     | .            .
admin:admin/riskreg/user/<path:object_id>/          | omcadesn          | .
admin:riskreg_user_verb invite_again                | .                 | ds           s
admin:riskreg_user_verb send_link                   | .                 | ds           s
admin:riskreg_user_verb hand_over                   | ds          s     | ds           s

Deputies: everybody sets their own; manager, controller and administrator those of the unit's people; an auditor reads
admin:riskreg_deputyship_changelist                 | omcades           | .
admin:riskreg_deputyship_add                        | omcades           | mcdes        es
admin:riskreg_deputyship_change                     | mcades      es    | mcdes        es
admin:riskreg_deputyship_history                    | mcades      es    | .            .
admin:riskreg_deputyship_delete                     | .           .     | .            .
admin:riskreg_deputyship_verb call_off              | mcdes       es    | mcdes        es
admin:admin/riskreg/deputyship/<path:object_id>/    | omcadesn          | .

Matrices and categories
admin:riskreg_riskmatrix_changelist                 | omcades           | .
admin:riskreg_riskmatrix_add                        | ds                | ds           s
admin:riskreg_riskmatrix_change                     | omcades     es    | ds           s
admin:riskreg_riskmatrix_history                    | omcades     es    | .            .
admin:riskreg_riskmatrix_delete                     | .           .     | .            .
admin:admin/riskreg/riskmatrix/<path:object_id>/    | omcadesn          | .
admin:riskreg_riskcategory_changelist               | omcades           | .
admin:riskreg_riskcategory_add                      | mce               | mce
admin:riskreg_riskcategory_change                   | omcades           | mce
admin:riskreg_riskcategory_history                  | omcades           | .
admin:riskreg_riskcategory_delete                   | .                 | .
admin:admin/riskreg/riskcategory/<path:object_id>/  | omcadesn          | .

Plans
admin:riskreg_controlplan_changelist                | omcades           | .
admin:riskreg_controlplan_add                       | mce               | mce          e
admin:riskreg_controlplan_change                    | omcades     es    | mce          e
admin:riskreg_controlplan_history                   | omcades     es    | .            .
admin:riskreg_controlplan_delete                    | .           .     | .            .
admin:admin/riskreg/controlplan/<path:object_id>/   | omcadesn          | .
admin:riskreg_controlplan_verb propose              | .           .     | mce          e
admin:riskreg_controlplan_verb withdraw             | mce         e     | mce          e
admin:riskreg_controlplan_verb adopt                | mce         e     | mce          e
admin:riskreg_controlplan_verb revise               | mce         e     | mce          e
admin:riskreg_controlplan_verb carry_over           | mce         e     | mce          e
admin:riskreg_controlplan_verb carry_over_to_next_year | .        .     | mce          e
admin:riskreg_controlplan_verb close                | mce         e     | mce          e
admin:riskreg_controlplan_verb run_on               | mce         e     | mce          e
admin:riskreg_controlplan_verb stop_running_on      | .           .     | mce          e
admin:riskreg_controlplan_verb open_follow_ups      | mce         e     | mce          e

Risks
admin:riskreg_risk_changelist                       | omcades           | .
admin:riskreg_risk_add                              | mce               | mce          e
admin:riskreg_risk_change                           | omcades     es    | mce          e
admin:riskreg_risk_history                          | omcades     es    | .            .
admin:riskreg_risk_delete                           | .           .     | .            .
admin:admin/riskreg/risk/<path:object_id>/          | omcadesn          | .
admin:riskreg_risk_verb show_earlier                | mce         e     | me           e
admin:riskreg_risk_verb withhold_earlier            | mce         e     | me           e
admin:riskreg_risk_verb keep                        | .           .     | mce          e
admin:riskreg_risk_verb drop                        | mce         e     | mce          e
admin:riskreg_risk_verb restore                     | .           .     | mce          e

Controls: added under their risk
admin:controls_control_changelist                   | omcades           | .
admin:controls_control_add                          | .                 | .            .
admin:controls_control_change                       | omcades     es    | mce          e
admin:controls_control_history                      | omcades     es    | .            .
admin:controls_control_delete                       | .           .     | .            .
admin:admin/controls/control/<path:object_id>/      | omcadesn          | .
admin:controls_control_verb drop                    | mce         e     | mce          e
admin:controls_control_verb restore                 | .           .     | mce          e

Closings: the municipality's
admin:controls_closing_changelist                   | omcades           | .
admin:controls_closing_add                          | ce                | e            .
admin:controls_closing_change                       | omcades     s     | e            .
admin:controls_closing_history                      | omcades     s     | .            .
admin:controls_closing_delete                       | .           .     | .            .
admin:controls_closing_verb                         | .           .     | .            .
admin:admin/controls/closing/<path:object_id>/      | omcadesn          | .

Follow-ups: opened for a closing; a manager approves, never their own
admin:controls_followup_changelist                  | omcades           | .
admin:controls_followup_add                         | .                 | .            .
admin:controls_followup_change                      | omcades     es    | omce         e
admin:controls_followup_history                     | omcades     es    | .            .
admin:controls_followup_delete                      | .           .     | .            .
admin:admin/controls/followup/<path:object_id>/     | omcadesn          | .
admin:controls_followup_verb start                  | omce        e     | omce         e
admin:controls_followup_verb submit                 | omce        e     | omce         e
admin:controls_followup_verb take_back              | o           .     | o            .
admin:controls_followup_verb approve                | m           .     | m            .
admin:controls_followup_verb return                 | m           .     | m            .
admin:controls_followup_verb reopen                 | mce         e     | mce          e
admin:controls_followup_assign                      | mce         e     | mce          e
admin:controls_followup_evidence_remove             | omce        e     | omce         e
admin:controls_followup_action mark_done            | omce        e     | omce         e
admin:controls_followup_action note_effect          | omce        e     | omce         e
admin:controls_followup_action take_up_again        | omce        e     | omce         e

Populations and samples: looked up here, worked with on their own pages
admin:controls_population_changelist                | omcades           | .
admin:controls_population_add                       | .                 | .            .
admin:controls_population_change                    | omcades     es    | .            .
admin:controls_population_history                   | omcades     es    | .            .
admin:controls_population_delete                    | .           .     | .            .
admin:admin/controls/population/<path:object_id>/   | omcadesn          | .
admin:controls_sample_changelist                    | omcades           | .
admin:controls_sample_add                           | .                 | .            .
admin:controls_sample_change                        | omcades     es    | .            .
admin:controls_sample_history                       | omcades     es    | .            .
admin:controls_sample_delete                        | .           .     | .            .
admin:admin/controls/sample/<path:object_id>/       | omcadesn          | .

The ledger of reminders, of the unit's people; and when people are reminded, which is the municipality's
admin:controls_digest_changelist                    | cdes              | .
admin:controls_digest_add                           | .                 | .
admin:controls_digest_change                        | cdes        es    | .            .
admin:controls_digest_history                       | .           .     | .            .
admin:controls_digest_delete                        | .           .     | .            .
admin:admin/controls/digest/<path:object_id>/       | omcadesn          | .
admin:controls_digest_verb try_again                | .           .     | cdes         es
admin:controls_digest_person                        | cdes        cdes  | cdes         es
admin:controls_digest_letter                        | cdes        es    | .            .
admin:controls_reminderstages_changelist            | omcades           | .
admin:controls_reminderstages_add                   | ce                | e            .
admin:controls_reminderstages_change                | omcades     s     | e            .
admin:controls_reminderstages_history               | omcades     s     | .            .
admin:controls_reminderstages_delete                | .           .     | .            .
admin:controls_reminderstages_verb                  | .           .     | .            .
admin:admin/controls/reminderstages/<path:object_id>/ | omcadesn        | .

Templates of the reports
admin:controls_reporttemplate_changelist            | omcades           | .
admin:controls_reporttemplate_add                   | ds                | ds           s
admin:controls_reporttemplate_change                | omcades     es    | ds           s
admin:controls_reporttemplate_history               | omcades     es    | .            .
admin:controls_reporttemplate_delete                | .           .     | .            .
admin:admin/controls/reporttemplate/<path:object_id>/ | omcadesn        | .

Imports
admin:controls_planimport_changelist                | mce               | .
admin:controls_planimport_add                       | mce               | mce          e
admin:controls_planimport_change                    | mce         e     | mce          e
admin:controls_planimport_picture                   | mce         e     | .            .
admin:controls_planimport_history                   | .           .     | .            .
admin:controls_planimport_delete                    | .           .     | .            .
admin:admin/controls/planimport/<path:object_id>/   | omcadesn          | .
"""

ADMIN_ACTIONS = """
controlplan:do_propose                              | mce               | mce          e
controlplan:do_withdraw                             | mce               | mce          e
controlplan:do_carry_over_to_next_year              | mce               | mce          e
controlplan:do_close                                | mce               | mce          e
controlplan:do_run_on                               | mce               | mce          e
risk:do_keep                                        | mce               | mce          e
risk:do_drop                                        | mce               | mce          e
risk:do_restore                                     | mce               | mce          e
control:do_drop                                     | mce               | mce          e
control:do_restore                                  | mce               | mce          e
followup:start                                      | omce              | omce         e
followup:submit                                     | omce              | omce         e
followup:approve                                    | m                 | m            .
followup:return                                     | m                 | m            .
followup:reopen                                     | mce               | mce          e
digest:do_try_again                                 | cdes              | cdes         es
user:do_invite_again                                | ds                | ds           s
riskmatrix:new_version                              | ds                | ds           s
"""
