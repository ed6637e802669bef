"""Start-up of riskreg."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RiskregConfig(AppConfig):
    name = "riskreg"
    verbose_name = _("Risks and organisation")

    def ready(self) -> None:
        from riskreg.heatmap import history_ends
        from riskreg.people import handing_over
        from riskreg.trail import of_a_risk

        handing_over.register()
        of_a_risk.register()
        history_ends.register(self)
