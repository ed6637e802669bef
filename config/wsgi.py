"""The entrance for WSGI servers."""

import os

from django.core.wsgi import get_wsgi_application

from config.backup.marker import hold
from config.private_files import narrow_umask

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

narrow_umask()
application = get_wsgi_application()
hold()
