"""Start-up of controls: its part in what riskreg does is registered here."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ControlsConfig(AppConfig):
    name = "controls"
    verbose_name = _("Controls and follow-up")

    def ready(self) -> None:
        """Register controls' part in what riskreg does.

        A plan's adoption and carrying over, a dropped risk, the people named for a risk and what they hand over, a
        risk's life as one timeline, the heads that reports state, the files that records keep, and the way of letters
        about accounts.
        """
        from controls.follow_ups import backing
        from controls.indicators.behind_follow_ups.method import Indicators
        from controls.monitoring.behind_follow_ups.method import Monitoring
        from controls.plan_controls import verbs  # noqa: F401
        from controls.reminders import account_letters
        from controls.riskreg_hooks import (
            carrying_over,  # noqa: F401
            handing_over,
            kept_files,
            plan_content,
            stated_heads,
            timeline,
            triggers,
            visibility,
        )
        from controls.sampling.samples import history_words
        from controls.sampling.samples.behind_follow_up import Sampling
        from riskreg.sign_in import letters

        letters.goes_by(account_letters.put, account_letters.send_what_waits)
        handing_over.register()
        triggers.register(self)
        visibility.register()
        plan_content.register()
        timeline.register()
        stated_heads.register()
        history_words.register()
        kept_files.register()
        backing.register(Sampling())
        backing.register(Indicators())
        backing.register(Monitoring())
