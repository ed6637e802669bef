"""Start-up of riskreg."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RiskregConfig(AppConfig):
    name = "riskreg"
    verbose_name = _("Risks and organisation")

    def ready(self) -> None:
        from riskreg.database import just_in_time
        from riskreg.heatmap import history_ends
        from riskreg.models import PlanVersion
        from riskreg.people import handing_over
        from riskreg.trail import of_a_risk
        from riskreg.trail.files import KeptFiles, keeps_files

        just_in_time.register()
        handing_over.register()
        of_a_risk.register()
        keeps_files(KeptFiles(PlanVersion, "document", "document_sha256", "decisions"))
        history_ends.register(self)
