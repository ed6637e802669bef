"""Start-up of controls: its part in what riskreg does is registered here."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ControlsConfig(AppConfig):
    name = "controls"
    verbose_name = _("Controls and follow-up")

    def ready(self) -> None:
        """Register controls' part in what riskreg does.

        A plan's adoption and carrying over, a dropped risk, the people named for a risk and what they hand over, a
        risk's life as one timeline.
        """
        from controls.follow_ups import backing
        from controls.plan_controls import verbs as control  # noqa: F401
        from controls.riskreg_hooks import carrying_over  # noqa: F401
        from controls.riskreg_hooks import handing_over as holdings
        from controls.riskreg_hooks import plan_content as plan_part
        from controls.riskreg_hooks import timeline as risk_life
        from controls.riskreg_hooks import triggers as locked_rows
        from controls.riskreg_hooks import visibility as named_people
        from controls.sampling.samples.behind_follow_up import Sampling

        holdings.register()
        locked_rows.register(self)
        named_people.register()
        plan_part.register()
        risk_life.register()
        backing.register(Sampling())
