"""The product as a whole: settings, addresses, the admin site, Celery, and the processes that `make run` starts.

Nothing in it is imported by the apps but `env`, `handing_over` and the settings; it may import both apps, at run time
where Django must be ready first. Begin reading in `settings`, then `product`, which starts the processes.
"""

from config.celery import app as celery_app

__all__ = ["celery_app"]
