"""Settings from the environment; `.env.example` documents each. Without any, everything runs on this machine alone."""

import ipaddress
from datetime import timedelta
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from project import keys

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

DEBUG = env.bool("DEBUG", default=True)
DATA_DIR = (BASE_DIR / env("DATA_DIR", default="var")).resolve()
DATA_DIR.mkdir(parents=True, exist_ok=True, mode=0o700)

SECRET_KEY = env("SECRET_KEY", default="")
ENCRYPTION_KEYS = env.list("ENCRYPTION_KEYS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
if not DEBUG:
    _required = {"SECRET_KEY": SECRET_KEY, "ENCRYPTION_KEYS": ENCRYPTION_KEYS, "ALLOWED_HOSTS": ALLOWED_HOSTS}
    if _missing := [name for name, value in _required.items() if not value]:
        raise ImproperlyConfigured(f"With DEBUG=0 set {', '.join(_missing)}; .env.example says what each one is.")
elif not (SECRET_KEY and ENCRYPTION_KEYS):
    _made = keys.load_or_make(DATA_DIR / "keys.json")
    SECRET_KEY = SECRET_KEY or _made["secret_key"]
    ENCRYPTION_KEYS = ENCRYPTION_KEYS or _made["encryption_keys"]
if DEBUG and not ALLOWED_HOSTS:
    ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", "testserver"]

HUB_PORT = env.int("HUB_PORT", default=8000)
SITE_URL = env("SITE_URL", default=f"http://127.0.0.1:{HUB_PORT}").rstrip("/")
TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", default=[])
for _address in TRUSTED_PROXIES:
    try:
        ipaddress.ip_network(_address, strict=False)
    except ValueError as error:
        raise ImproperlyConfigured(f"TRUSTED_PROXIES: {error}; write addresses or networks with commas.") from None
SANDBOX = env.bool("SANDBOX", default=DEBUG)
ALLOW_PRIVATE_ADDRESSES = env.bool("ALLOW_PRIVATE_ADDRESSES", default=DEBUG)

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_celery_beat",
    "axes",
    "django_otp",
    "django_countries",
    "ninja",
    "affiliate",
]
MIDDLEWARE = [
    "affiliate.postbacks.views.networks_first",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "affiliate.intake.middleware.IntakeHeaders",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "affiliate.admin.middleware.ActingPerson",
    "django.contrib.messages.middleware.MessageMiddleware",
    "affiliate.admin.middleware.SecondFactorGate",
    "affiliate.admin.middleware.LostKeys",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "project.urls"
WSGI_APPLICATION = "project.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

if env("DATABASE_URL", default=""):
    DATABASES = {"default": env.db_url("DATABASE_URL")}
    DATABASES["default"] |= {"CONN_MAX_AGE": env.int("CONN_MAX_AGE", default=60), "CONN_HEALTH_CHECKS": True}
    if DATABASES["default"]["ENGINE"].endswith("postgresql"):
        # PostgreSQL compiles queries that it takes for long ones, which costs more than any of ours takes.
        DATABASES["default"].setdefault("OPTIONS", {}).setdefault("options", "-c jit=off")
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": DATA_DIR / "hub.sqlite3",
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                # The write lock is taken at BEGIN, so a transaction that reads first cannot fail at its first write.
                "transaction_mode": "IMMEDIATE",
                "timeout": 30,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-20000;",
            },
        }
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env("REDIS_URL", default="")
if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS_URL,
            "OPTIONS": {"socket_connect_timeout": 2, "socket_timeout": 2},
        }
    }
    CELERY_BROKER_URL = REDIS_URL
    CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600, "socket_connect_timeout": 2, "socket_timeout": 10}
else:
    CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": DATA_DIR / "cache"}
    }
    CELERY_BROKER_URL = "filesystem://"
    _folders = {"data_folder_in": "broker", "data_folder_out": "broker", "control_folder": "broker-control"}
    CELERY_BROKER_TRANSPORT_OPTIONS = {name: str(DATA_DIR / folder) for name, folder in _folders.items()}
    for _folder in CELERY_BROKER_TRANSPORT_OPTIONS.values():
        Path(_folder).mkdir(parents=True, exist_ok=True)

CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# Tasks wait for networks, not for the processor; one slow network must not hold a process.
CELERY_WORKER_POOL = "threads"
CELERY_WORKER_CONCURRENCY = env.int("WORKER_THREADS", default=16)
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_TIMEZONE = "UTC"
SWEEP_SECONDS = env.float("SWEEP_SECONDS", default=15.0)
# A message older than its period is worth nothing: the next one does its work.
CELERY_BEAT_SCHEDULE = {
    "sweep: due leads, expired leases, polls": {
        "task": "affiliate.sweep",
        "schedule": SWEEP_SECONDS,
        "options": {"expires": SWEEP_SECONDS},
    },
    "imports of leads": {
        "task": "affiliate.sweep_imports",
        "schedule": SWEEP_SECONDS,
        "options": {"expires": SWEEP_SECONDS},
    },
    "reports to sources: due": {
        "task": "affiliate.sweep_reports",
        "schedule": SWEEP_SECONDS,
        "options": {"expires": SWEEP_SECONDS},
    },
    "apply postbacks": {"task": "affiliate.apply_postbacks", "schedule": 15.0, "options": {"expires": 15}},
    "count leads for the overview": {"task": "affiliate.count_hours", "schedule": 15.0, "options": {"expires": 15}},
    "check the connection of paused networks": {
        "task": "affiliate.check_connections",
        "schedule": 600.0,
        "options": {"expires": 600},
    },
    "look for trouble, send alerts": {"task": "affiliate.alerts", "schedule": 60.0, "options": {"expires": 60}},
    "count status words": {"task": "affiliate.status_words", "schedule": 60.0, "options": {"expires": 60}},
    "forget old journal rows": {"task": "affiliate.forget", "schedule": 3600.0, "options": {"expires": 3600}},
}
if SANDBOX:
    CELERY_BEAT_SCHEDULE["sandbox network: send postbacks"] = {
        "task": "affiliate.sandbox_report",
        "schedule": 3.0,
        "options": {"expires": 3},
    }

# Postbacks a minute that one network may send, and that one address may send with wrong keys; 0: no limit.
POSTBACKS_PER_MINUTE = env.int("POSTBACKS_PER_MINUTE", default=6000)
WRONG_KEYS_PER_MINUTE = env.int("WRONG_KEYS_PER_MINUTE", default=60)
# Seconds that a process remembers keys, bans and what offers ask for; people's changes take effect after them.
REMEMBER_SECONDS = env.float("REMEMBER_SECONDS", default=5)
# Calls a minute of a source that has no limit of its own, and of one browser with a form key; 0: no limit.
LEADS_PER_MINUTE = env.int("LEADS_PER_MINUTE", default=3000)
FORM_LEADS_PER_MINUTE = env.int("FORM_LEADS_PER_MINUTE", default=20)
# Days that the journals of postbacks and of status polls are kept; 0: for ever.
POSTBACK_DAYS = env.int("POSTBACK_DAYS", default=90)
# Seconds until the next try of a lead that a network postponed; each is varied by ±20 %.
RETRY_SCHEDULE = env.list("RETRY_SCHEDULE", cast=int, default=[10, 30, 120, 600, 1800, 7200, 21600, 43200])
# The same for reports to sources; calls that may be on their way to one host at once.
REPORT_SCHEDULE = env.list("REPORT_SCHEDULE", cast=int, default=[10, 60, 300, 900, 3600, 21600, 86400])
REPORTS_IN_FLIGHT = env.int("REPORTS_IN_FLIGHT", default=8)
# For so many days a phone's leads for one offer go to the flow that had the last of them; 0: each goes by itself.
STICKY_DAYS = env.int("STICKY_DAYS", default=7)
# Seconds until a lead whose worker is gone is found; a worker that lives renews its leases.
LEASE_SECONDS = env.int("LEASE_SECONDS", default=60)
# Trouble: a network that tells no status for so many hours is silent, 0: none is; leads that are due for so many minutes wait too long.
SILENCE_HOURS = env.int("SILENCE_HOURS", default=12)
QUEUE_MINUTES = env.int("QUEUE_MINUTES", default=30)
TELEGRAM_URL = env("TELEGRAM_URL", default="https://api.telegram.org").rstrip("/")
if env("EMAIL_URL", default=""):
    vars().update(env.email_url("EMAIL_URL"))
else:
    EMAIL_BACKEND = "affiliate.delivery.alerts.mail.NoServer"
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env("MAIL_FROM", default="hub@localhost")
# Seconds to wait for a connection and between two reads; the whole answer may take ANSWER_TIMEOUT.
CONNECT_TIMEOUT = env.float("CONNECT_TIMEOUT", default=10.0)
READ_TIMEOUT = env.float("READ_TIMEOUT", default=30.0)
ANSWER_TIMEOUT = env.float("ANSWER_TIMEOUT", default=60.0)

LANGUAGE_CODE = env("LANGUAGE_CODE", default="en")
LANGUAGES = [("en", _("English")), ("ru", _("Russian"))]
# Named here, our catalogues come before those of other applications, whose grammar does not fit every noun.
LOCALE_PATHS = [BASE_DIR / "affiliate" / "integrations" / "locale", BASE_DIR / "affiliate" / "locale"]
TIME_ZONE = env("TIME_ZONE", default="UTC")
FORMAT_MODULE_PATH = ["project.formats"]
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATIC_ROOT.mkdir(exist_ok=True)
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_AUTOREFRESH = False

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
# So many wrong passwords for one login from one address lock it there for so many minutes.
AXES_FAILURE_LIMIT = env.int("WRONG_PASSWORDS", default=7)
AXES_COOLOFF_TIME = timedelta(minutes=env.int("LOCK_MINUTES", default=15))
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "affiliate.admin.sign_in.address_of"
AXES_LOCKOUT_CALLABLE = "affiliate.admin.sign_in.locked_page"
# The time that a locked person was told stays true.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = AXES_VERBOSE = False
# Who must have a second factor: all, or roles with commas (admin, manager, operator, analyst); empty: who wants one.
REQUIRE_SECOND_FACTOR = env.list("REQUIRE_SECOND_FACTOR", default=[])
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

if not DEBUG:
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31536000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = env.bool("SECURE_HSTS_SUBDOMAINS", default=True)
    CSRF_TRUSTED_ORIGINS = [SITE_URL] if SITE_URL.startswith("https://") else []

UNFOLD = {
    "SITE_TITLE": _("Integration hub"),
    "SITE_HEADER": _("Integration hub"),
    "SITE_SYMBOL": "hub",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "affiliate.admin.site.favicon"}],
    "SHOW_LANGUAGES": True,
    "ACCOUNT": {"navigation": [{"title": _("My account"), "link": reverse_lazy("account")}]},
    "SIDEBAR": {"navigation": "affiliate.admin.site.navigation"},
    "DASHBOARD_CALLBACK": "affiliate.admin.dashboard.dashboard",
    "STYLES": ["affiliate.admin.site.stylesheet"],
    "SCRIPTS": ["affiliate.admin.site.script"],
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", default="INFO")},
    "loggers": {
        # urllib3 logs full URLs at DEBUG, keys included.
        "urllib3": {"level": "WARNING"},
        # A line for each message says nothing that the rows do not.
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
        "kombu.connection": {"level": "ERROR"},
        # It tells of each login; the rows say what went wrong.
        "axes": {"level": "WARNING"},
        "django.server": {"handlers": ["console"], "level": "WARNING", "propagate": False},
    },
}
