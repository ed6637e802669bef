"""Start-up of riskreg."""

from django.apps import AppConfig
from django.core import checks
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
        from riskreg.trail.anchors.checking import anchored_heads
        from riskreg.trail.anchors.start import check_anchors
        from riskreg.trail.derived import verify_also
        from riskreg.trail.files import KeptFiles, keeps_files
        from riskreg.trail.remembered import remember

        just_in_time.register()
        handing_over.register()
        of_a_risk.register()
        keeps_files(KeptFiles(PlanVersion, "document", "document_sha256", "decisions"))
        remember(anchored_heads)
        verify_also("riskreg.risk", history_ends.differing)
        checks.register(check_anchors)
        history_ends.register(self)
