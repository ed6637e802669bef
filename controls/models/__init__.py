"""The records of controls: what is done about a risk, when, and with what result.

A model may import riskreg's models and access, and no other room of controls (contract rooms-of-controls). Begin
reading in `control`, then `follow_up`; sampling begins in `population`, monitoring in `register`.
"""

from controls.models.action import Action
from controls.models.alert import Alert
from controls.models.calendar_feed import CalendarFeed
from controls.models.check import Check
from controls.models.closing import Closing
from controls.models.control import Control, Frequency, Method
from controls.models.control_series import ControlSeries, KeptIndicators
from controls.models.control_unit import ControlUnit
from controls.models.control_watch import ControlWatch, KeptWatching
from controls.models.digest import Digest
from controls.models.evidence import Evidence
from controls.models.follow_up import Conclusion, FollowUp
from controls.models.handed_in_report import HandedInFile, HandedInReport
from controls.models.import_reading import ImportReading
from controls.models.indicator import Indicator
from controls.models.indicator_level import IndicatorLevel
from controls.models.indicator_note import IndicatorNote
from controls.models.indicator_series import IndicatorSeries
from controls.models.indicator_value import IndicatorValue
from controls.models.inquiry import Inquiry
from controls.models.late_performance import LatePerformance
from controls.models.plan_import import ColumnMapping, PlanImport
from controls.models.population import Population, PopulationSource
from controls.models.register import Register
from controls.models.register_run import RegisterRun
from controls.models.register_snapshot import RegisterSnapshot
from controls.models.register_source import RegisterSource
from controls.models.reminder import Reminder
from controls.models.reminder_preference import ReminderPreference
from controls.models.reminder_stages import ReminderStages
from controls.models.report_job import ReportJob
from controls.models.report_template import ReportTemplate
from controls.models.sample import Sample
from controls.models.sample_item import SampleItem
from controls.models.sampling_run import SamplingRun
from controls.models.schedule import ControlSchedule, DayRule, ScheduleException
from controls.models.snapshot_confirmation import SnapshotConfirmation
from controls.models.task_failure import TaskFailure
from controls.models.watch import Watch
from controls.models.watch_run import WatchOutcome, WatchRun
from controls.models.weeded_letters import WeededLetters

__all__ = [
    "Action",
    "Alert",
    "CalendarFeed",
    "Check",
    "Closing",
    "ColumnMapping",
    "Conclusion",
    "Control",
    "ControlSchedule",
    "ControlSeries",
    "ControlUnit",
    "ControlWatch",
    "DayRule",
    "Digest",
    "Evidence",
    "FollowUp",
    "Frequency",
    "HandedInFile",
    "HandedInReport",
    "ImportReading",
    "Indicator",
    "IndicatorLevel",
    "IndicatorNote",
    "IndicatorSeries",
    "IndicatorValue",
    "Inquiry",
    "KeptIndicators",
    "KeptWatching",
    "LatePerformance",
    "Method",
    "PlanImport",
    "Population",
    "PopulationSource",
    "Register",
    "RegisterRun",
    "RegisterSnapshot",
    "RegisterSource",
    "Reminder",
    "ReminderPreference",
    "ReminderStages",
    "ReportJob",
    "ReportTemplate",
    "Sample",
    "SampleItem",
    "SamplingRun",
    "ScheduleException",
    "SnapshotConfirmation",
    "TaskFailure",
    "Watch",
    "WatchOutcome",
    "WatchRun",
    "WeededLetters",
]
