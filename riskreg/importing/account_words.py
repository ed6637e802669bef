"""The words of an account: what became of a piece of a file, and why."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

LABELS = {
    "taken": pgettext_lazy("text of a file", "Taken"),
    "kept": pgettext_lazy("text of a file", "Kept as text"),
    "left_out": pgettext_lazy("text of a file", "Left out"),
}

STORED = _("The cell holds %(stored)s, which its number format shows so.")
REASONS = {
    # Taken
    "plan_title": _("Names the plan."),
    "heading": _("The column's heading."),
    "risk": _("In the risk."),
    "control": _("In the control."),
    "follow_up": _("In the follow-up."),
    "group": _("Holds for the rows below."),
    "group_process": _("Holds for the rows below, as their process."),
    "group_category": _("Holds for the rows below, as their category."),
    "group_unit": _("Holds for the rows below, as their unit."),
    "same_control": _("The same as the row before says of the control."),
    "same_follow_up": _("The same as the row before says of the follow-up."),
    "as_before": _("Says what the register says; another row says it anew."),
    "other_unit": _("The same as the unit's own follow-up says."),
    "action": _("In the action."),
    "same_risk": _("The same as the row before says of the risk."),
    # Kept as text
    "kept_beside": _("Kept word for word, beside “%(code)s” that it is read as."),
    "compared": _("Kept to be compared: %(comparison)s."),
    "heading_compared": _("Another year's column; what it says is kept to be compared."),
    "kept": _("Kept word for word; it is read as nothing more."),
    # Left out: never a row of the plan
    "beside": _("Stands beside the table."),
    "beside_paragraph": _("Stands outside the tables."),
    "beside_outside_cells": _("Stands on the page but in no cell of a table."),
    "beside_comment": _("Is a comment, and not read."),
    "beside_text_box": _("Stands in a text box, and is not read."),
    "beside_deleted": _("Is deleted in the document (tracked changes), and not read."),
    "beside_struck": _("Is struck through beside other text, and not read."),
    "beside_hidden_text": _("Is hidden text, and not read."),
    "beside_hidden_row": _("Stands in a hidden row, and is not read."),
    "beside_hidden_column": _("Stands in a hidden column, and is not read."),
    "beside_filtered_row": _("Stands in a row that a filter hides, and is not read."),
    "beside_hidden_sheet": _("Stands in a hidden sheet, and is not read."),
    "beside_header_footer": _("Stands in the header or footer of the page."),
    "no_plan_in_table": _("The table has no headings of a plan."),
    "above_headings": _("Stands above the headings."),
    "another_plan": _("Belongs to another plan in the file: %(plan)s."),
    "note": _("Is read as a note, not as a risk."),
    "total": _("Is read as a total, not as a risk."),
    "no_heading": _("The column has no heading."),
    "column_unknown": _("The column's heading is not recognised. Say under Columns what it holds."),
    "column_ignored": _("The column is left out, as chosen before."),
    "uncomputed": _("The formula in cell %(cell)s has no value in the file."),
    "own_words": _("Is what the product says itself of the row; it is not read back."),
    "own_frame": _("Belongs to the report around its rows: heading, sums, drawings, seal. It is not read back."),
    "beside_own_frame": _("Belongs to the report around its rows: heading, sums, drawings, seal. It is not read back."),
    "beside_unknown_key": _("The key is not known in a file of this form."),
    "cut": _("The cell could not hold the whole text, so the register's stands."),
    # Left out: a row's value that nothing takes
    "not_taken": _("Nothing in the plan takes it."),
    "error_value": _("Is the error that a formula ended in, not a value."),
    "no_value": _("Says that there is no value."),
    "not_read": _("Could not be read; see above."),
    "factor_alone": _("Likelihood or impact alone says nothing without the other or the score."),
    "beyond_value": _("Says nothing beyond the value, which is taken."),
    "chosen_out": _("Left out by a person's answer."),
    "struck": _("Is struck through, and left out by a person's answer."),
    "column_other_year": _("The column is of another year than the plan."),
    "column_other_closing": _("The column is of another closing than the one that is imported."),
    "asked": _("Waits for an answer; see Questions."),
    "plan_stands": _("The plan is adopted, so its wording stands."),
    "follow_up_stands": _("The follow-up is handed in, so its wording stands."),
    "other_value": _("Row %(first)s already says something else of the same risk."),
    "other_unit_differs": _("The unit reports its own follow-up; nothing of it is changed from here."),
    "at_the_action": _("What became of an action is noted at the action itself."),
    "no_such_user": _("No user has this name, so nobody is responsible."),
    "no_action": _("The row names no action that this could be said of."),
    "not_a_day": _("Is no date."),
    "not_a_measure": _("Only a measure has somebody responsible and a date."),
    "number_taken": _("The risk gets another number: this one is no number, or is taken."),
    "no_control": _("The row names no control."),
    "no_closing": _("No closing was chosen for the results."),
}
