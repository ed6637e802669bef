"""Settings: one file, read from the environment through typed helpers (config/env.py).

Without any variable the product runs embedded: SQLite and files under var/, DEBUG off,
a secret key made at the first start and kept in var/. docs/operate/configuration.md lists every variable.
"""

from __future__ import annotations

import os
import secrets
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from celery.schedules import crontab
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry

from config import embedded_valkey, env
from config.version import VERSION

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env.text("RISKREG_VAR", str(BASE_DIR / "var")))
VAR_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)

RISKREG_VERSION = VERSION


def _pinned_day() -> date | None:
    """Return RISKREG_TODAY, or the day of the embedded demonstration (var/today, written when it was loaded)."""
    path = VAR_DIR / "today"
    if "RISKREG_TODAY" in os.environ or "DATABASE_URL" in os.environ or not path.exists():
        return env.day("RISKREG_TODAY")
    return date.fromisoformat(path.read_text(encoding="ascii").strip())


# Pins the product's date (demonstrations, training); None: time runs as usual. See riskreg/clock.py.
RISKREG_TODAY = _pinned_day()


def _secret_key() -> str:
    """Return SECRET_KEY, or a key of this installation's own, stored in var/secret_key (mode 600)."""
    given = env.text("SECRET_KEY", "")
    if given:
        return given
    path = VAR_DIR / "secret_key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(64), encoding="ascii")
    return path.read_text(encoding="ascii").strip()


SECRET_KEY = _secret_key()
DEBUG = env.boolean("DEBUG", False)
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS", [])
# True behind HTTPS: secure cookies, HSTS, redirect. The embedded start is plain http on localhost.
HTTPS = env.boolean("HTTPS", False)

INSTALLED_APPS = [
    "riskreg.apps.RiskregConfig",
    "controls.apps.ControlsConfig",
    "config",
    "config.admin_config.RiskregAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "django_filters",
    "simple_history",
]

MIDDLEWARE = [
    # First, so that what the others answer by themselves (to a foreign host, to plain http) carries it as well.
    "riskreg.web.middleware.ContentSecurityPolicyMiddleware",
    "riskreg.web.middleware.NoNulMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "riskreg.web.middleware.NoStoreMiddleware",
    "riskreg.web.middleware.UserLanguageMiddleware",
    "riskreg.web.middleware.UserTimeZoneMiddleware",
    "riskreg.web.unsaved.SignedOutMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "riskreg.web.middleware.OwnPasswordMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "riskreg.web.middleware.FileAlteredMiddleware",
    "riskreg.web.unsent.SentMiddleware",
    "riskreg.web.unsaved.LostRaceMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "controls.context_processors.shell",
            ],
        },
    },
]
FORM_RENDERER = "riskreg.web.form_renderer.PlainFormRenderer"

DATABASES: dict[str, dict[str, Any]] = {"default": env.database("DATABASE_URL", VAR_DIR / "riskreg.sqlite3")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Without REDIS_URL: the server that `manage.py run` embeds, found also by commands run beside it.
REDIS_URL = env.text("REDIS_URL", embedded_valkey.known_url(VAR_DIR) or "redis://127.0.0.1:6379/0")
# A server that takes a connection and never answers must not hold a page: so long for one answer, and none is asked for
# twice. (A connection that had gone stale is made anew: that is no second try.)
REDIS_TIMEOUT = env.integer("REDIS_TIMEOUT", 2, at_least=1)
CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "config.redis_cache.ImpatientRedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "riskreg",
        "OPTIONS": {
            "socket_timeout": REDIS_TIMEOUT,
            "socket_connect_timeout": REDIS_TIMEOUT,
            "retry": Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
        },
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"

AUTH_USER_MODEL = "riskreg.User"
AUTHENTICATION_BACKENDS = ["riskreg.sign_in.backend.RolesAtOnceBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "inbox"
LOGOUT_REDIRECT_URL = "login"

LANGUAGE_CODE = "sv"
LANGUAGES = [("sv", "Svenska"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Europe/Stockholm"
USE_I18N = True
USE_TZ = True
USE_THOUSAND_SEPARATOR = True
FORMAT_MODULE_PATH = ["config.formats"]

STATIC_URL = "static/"
STATIC_ROOT = Path(env.text("STATIC_ROOT", str(BASE_DIR / "staticfiles")))
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = Path(env.text("MEDIA_ROOT", str(VAR_DIR / "media")))
STORAGES = {
    # Uploads are for the product's own account; static files may be served by another one's web server.
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"file_permissions_mode": 0o600, "directory_permissions_mode": 0o700},
    },
    "staticfiles": {
        "BACKEND": "config.static_files.PlainFiles" if DEBUG else "config.static_files.HashedFiles",
        "OPTIONS": {"file_permissions_mode": 0o644, "directory_permissions_mode": 0o755},
    },
}
# Uploads stay out of the web root: they are served by views that check the reader's right, always as attachments.
FILE_UPLOAD_HANDLERS = [
    "riskreg.web.uploads.LimitedUploadHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
IMPORT_MAX_BYTES = env.integer("IMPORT_MAX_MB", 20, at_least=1) * 1024 * 1024
# What one process may use that reads a file of an import: a file that needs more is refused, and the register stays usable.
IMPORT_READING_SECONDS = env.integer("IMPORT_READING_SECONDS", 30, at_least=1)
IMPORT_READING_MEMORY_BYTES = env.integer("IMPORT_READING_MEMORY_MB", 512, at_least=128) * 1024 * 1024
EVIDENCE_MAX_BYTES = env.integer("EVIDENCE_MAX_MB", 25, at_least=1) * 1024 * 1024
POPULATION_MAX_BYTES = env.integer("POPULATION_MAX_MB", 1024, at_least=1) * 1024 * 1024
# How long a population's file and the personal data of sampled items are kept, where the control says nothing else.
POPULATION_RETENTION_MONTHS = env.integer("POPULATION_RETENTION_MONTHS", 24, at_least=1)
# The largest file of a register, and how long snapshots of a new register are kept; then the register says otherwise.
REGISTER_MAX_BYTES = env.integer("REGISTER_MAX_MB", 1024, at_least=1) * 1024 * 1024
# A folder whose files become snapshots of registers (docs/operate/deploy.md); '' for none.
REGISTER_INBOX = env.text("REGISTER_INBOX", "")
# Addresses that registers are fetched from, and how often each is asked: [(register, address, hours)].
REGISTER_SOURCES = env.sources("REGISTER_SOURCES")
REGISTER_RETENTION_MONTHS = env.integer("REGISTER_RETENTION_MONTHS", 36, at_least=1)
# One request may bring several pieces of evidence at once, and what the forms around them hold.
REQUEST_MAX_BYTES = 4 * max(IMPORT_MAX_BYTES, EVIDENCE_MAX_BYTES) + DATA_UPLOAD_MAX_MEMORY_SIZE
# Addresses (by name) that take more in one request, from who has the right (riskreg.access.Verb) somewhere.
LARGE_UPLOADS = {
    "population_add": ("prepare_sample", POPULATION_MAX_BYTES + DATA_UPLOAD_MAX_MEMORY_SIZE),
    "register_upload": ("feed_register", REGISTER_MAX_BYTES + DATA_UPLOAD_MAX_MEMORY_SIZE),
}

# What a client may take of one web process (config/web): connections at once, of all and of one address (behind a proxy all
# have the proxy's), seconds for a request's headers and to take the rate of the rest over, bytes a second, seconds unused.
WEB_CONNECTIONS = env.integer("WEB_CONNECTIONS", 1000, at_least=10)
WEB_CONNECTIONS_PER_ADDRESS = env.integer("WEB_CONNECTIONS_PER_ADDRESS", 0 if HTTPS else 200, at_least=0)
WEB_PATIENCE = env.integer("WEB_PATIENCE", 30, at_least=1)
WEB_LEAST_RATE = env.integer("WEB_LEAST_RATE", 500, at_least=1)
WEB_IDLE = env.integer("WEB_IDLE", 75, at_least=1)

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 60 * 60 * 12
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
LANGUAGE_COOKIE_SECURE = HTTPS
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if HTTPS:
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "Riskreg <riskreg@localhost>")
EMAIL_HOST = env.text("EMAIL_HOST", "localhost")
EMAIL_PORT = env.integer("EMAIL_PORT", 25)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env.boolean("EMAIL_USE_TLS", False)
EMAIL_BACKEND = env.text(
    "EMAIL_BACKEND",
    "django.core.mail.backends.smtp.EmailBackend"
    if env.text("EMAIL_HOST", "")
    else "django.core.mail.backends.filebased.EmailBackend",
)
EMAIL_FILE_PATH = str(VAR_DIR / "mail")
EMAIL_TIMEOUT = env.integer("EMAIL_TIMEOUT", 30, at_least=1)

# Where people reach the product: the links in letters and calendars lead there. Its host is part of their identities.
SITE_URL = env.site("SITE_URL", f"http://{env.text('HOST', '127.0.0.1')}:{env.integer('PORT', 8000)}")
SITE_HOST = urlsplit(SITE_URL).hostname or "localhost"

# Reminders: the stages of a municipality that has chosen none, and the hours within which letters leave on working days.
REMINDER_DAYS_BEFORE = env.days("REMINDER_DAYS_BEFORE", "30, 14, 7, 1, 0", most=90)
REMINDER_MANAGER_AFTER = env.integer("REMINDER_MANAGER_AFTER", 3, at_least=1)
REMINDER_CONTROLLER_AFTER = env.integer("REMINDER_CONTROLLER_AFTER", 7, at_least=1)
REMINDER_FROM_HOUR, REMINDER_TO_HOUR = env.hours("REMINDER_HOURS", (7, 18))
REMINDER_HOUR = min(max(8, REMINDER_FROM_HOUR), REMINDER_TO_HOUR - 1)
# No moment of the ledger lies further ahead than this: one that does was written before the clock was set back.
REMINDER_LONGEST_WAIT = timedelta(hours=2)
# How long the ledger tells what was said to whom; then only how much.
REMINDER_LEDGER_MONTHS = env.integer("REMINDER_LEDGER_MONTHS", 24, at_least=6)

# Where the head of the audit trail is anchored outside the register (docs/trail-anchors.md): files of signed lines, and
# time-stamping services with the certificates that their stamps are checked against.
TRAIL_ANCHOR = env.anchors("TRAIL_ANCHOR")
TRAIL_ANCHOR_CA = env.text("TRAIL_ANCHOR_CA", "")
TRAIL_ANCHOR_KEY = env.text("TRAIL_ANCHOR_KEY", str(VAR_DIR / "trail_anchor_key"))

# How long before its day a check is opened (a weekly one: a week), how long after it it can still be performed, and how
# long before a closing's cut-off its follow-ups are prepared. Days.
CHECKS_OPEN_DAYS = env.integer("CHECKS_OPEN_DAYS", 21, at_least=1)
CHECKS_GRACE_DAYS = env.integer("CHECKS_GRACE_DAYS", 14, at_least=0)
FOLLOW_UPS_OPEN_DAYS = env.integer("FOLLOW_UPS_OPEN_DAYS", 14, at_least=0)

CELERY_BROKER_URL = REDIS_URL
CELERY_RESULT_BACKEND = REDIS_URL
CELERY_RESULT_EXPIRES = 24 * 3600
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 15 * 60
CELERY_TASK_SOFT_TIME_LIMIT = 14 * 60
# Longer than the hard time limit, so that a task is never handed out twice while it still runs.
# A broker that does not answer is given up soon, by a page that hands something over and by a worker alike.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 30 * 60,
    "socket_timeout": REDIS_TIMEOUT,
    "socket_connect_timeout": REDIS_TIMEOUT,
}
CELERY_TASK_PUBLISH_RETRY = False
# Nothing in the product reads what a task returned: handing one over then takes no second connection.
CELERY_TASK_IGNORE_RESULT = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# For ever: a worker that gave up while the broker was away would have to be started by hand.
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# A task that runs when the broker goes away runs on: what it does is claimed in the database, and handed out twice it does
# nothing twice.
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_REDIS_SOCKET_TIMEOUT = 30
CELERY_REDIS_SOCKET_KEEPALIVE = True
CELERY_REDIS_BACKEND_HEALTH_CHECK_INTERVAL = 25
# On shutdown a running task gets this long; then it goes back to the queue at once.
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 3.0
CELERY_TIMEZONE = TIME_ZONE
CELERY_TASK_DEFAULT_QUEUE = env.text("CELERY_QUEUE", "riskreg")
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")
CELERY_BEAT_SCHEDULE: dict[str, Any] = {
    "heartbeat": {"task": "controls.tasks.heartbeat", "schedule": 60.0, "options": {"expires": 55}},
    # A run that waits while the next one comes is not needed: both do all that there is.
    "prepare_reminders": {
        "task": "controls.tasks.prepare_reminders",
        "schedule": crontab(minute="*/5"),
        "options": {"expires": 280},
    },
    "deliver_reminders": {"task": "controls.tasks.deliver_reminders", "schedule": 60.0, "options": {"expires": 55}},
    "forget_task_failures": {"task": "controls.tasks.forget_task_failures", "schedule": crontab(hour=3, minute=5)},
    # Each run looks at what should be there, not at the hour: one that is left out is made up for by the next.
    "run_the_year": {"task": "controls.tasks.run_the_year", "schedule": 900.0, "options": {"expires": 850}},
    "resume_sampling_runs": {"task": "controls.tasks.resume_sampling_runs", "schedule": 60.0, "options": {"expires": 55}},
    "resume_register_runs": {"task": "controls.tasks.resume_register_runs", "schedule": 60.0, "options": {"expires": 55}},
    "resume_report_jobs": {"task": "controls.tasks.resume_report_jobs", "schedule": 60.0, "options": {"expires": 55}},
    "resume_import_readings": {
        "task": "controls.tasks.resume_import_readings",
        "schedule": 60.0,
        "options": {"expires": 55},
    },
    "weed_report_jobs": {"task": "controls.tasks.weed_report_jobs", "schedule": crontab(minute=40)},
    "weed_populations": {"task": "controls.tasks.weed_populations", "schedule": crontab(hour=3, minute=10)},
    "pick_up_registers": {"task": "controls.tasks.pick_up_registers", "schedule": 60.0, "options": {"expires": 55}},
    "fetch_registers": {"task": "controls.tasks.fetch_registers", "schedule": 300.0, "options": {"expires": 290}},
    "start_watch_runs": {"task": "controls.tasks.start_watch_runs", "schedule": 60.0, "options": {"expires": 55}},
    "wake_alerts": {"task": "controls.tasks.wake_alerts", "schedule": crontab(hour=4, minute=10)},
    "weed_registers": {"task": "controls.tasks.weed_registers", "schedule": crontab(hour=3, minute=15)},
    "sweep_stray_files": {"task": "controls.tasks.sweep_stray_files", "schedule": crontab(hour=3, minute=30)},
    "weed_reminder_ledger": {"task": "controls.tasks.weed_reminder_ledger", "schedule": crontab(hour=3, minute=20)},
    "forget_unsent": {"task": "riskreg.tasks.forget_unsent", "schedule": crontab(hour=3, minute=25)},
    "seal_trail": {"task": "riskreg.tasks.seal_trail", "schedule": crontab(hour=2, minute=15)},
    # The seals that reports make are anchored, too, and what failed is tried again.
    "anchor_trail": {"task": "riskreg.tasks.anchor_trail", "schedule": crontab(minute="7,22,37,52"), "options": {"expires": 850}},
}

SIMPLE_HISTORY_HISTORY_ID_USE_UUID = False
SIMPLE_HISTORY_HISTORY_CHANGE_REASON_USE_TEXT_FIELD = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "WARNING")},
}
