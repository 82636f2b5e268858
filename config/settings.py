"""
The settings, read from the environment with embedded defaults.

Every variable of ours begins with `DUOLOGUE_` and stands in `docs/operations.md`;
an unknown or malformed one is refused at start. `DATABASE_URL` alone keeps the
name that hosting platforms give it. Nothing else is read from outside.
"""

import os
from datetime import timedelta
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from config.environment import check_environment, load_secrets, read_email_url
from config.object_store import read_delivery, read_object_store, storage_of

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env(
    DUOLOGUE_DEBUG=(bool, False),
    DUOLOGUE_DATA_DIR=(str, str(BASE_DIR / "var")),
    DUOLOGUE_SECRET_KEY=(str, ""),
    DUOLOGUE_FIELD_KEYS=(str, ""),
    DUOLOGUE_ALLOWED_HOSTS=(list, ["localhost", "127.0.0.1", "[::1]"]),
    DUOLOGUE_TRUSTED_ORIGINS=(list, []),
    DUOLOGUE_HTTPS=(bool, False),
    DUOLOGUE_TRUSTED_PROXIES=(int, 0),
    DUOLOGUE_CACHE_URL=(str, "dbcache://cache_entries"),
    DUOLOGUE_SMS_BACKEND=(str, "accounts.sms.ConsoleBackend"),
    DUOLOGUE_SMS_SIGNATURE=(str, "Duologue"),
    DUOLOGUE_EMAIL_URL=(str, "consolemail://"),
    DUOLOGUE_EMAIL_FROM=(str, "Duologue <duologue@localhost>"),
    DUOLOGUE_SITE_URL=(str, "http://localhost:8000"),
    DUOLOGUE_PHONE_REGIONS=(list, ["CN"]),
    DUOLOGUE_STAFF_SECOND_FACTOR=(bool, True),
    DUOLOGUE_WORKERS=(int, 2),
    DUOLOGUE_MAX_UPLOAD_MB=(int, 60),
    DUOLOGUE_MAX_ASSET_MB=(int, 4096),
    DUOLOGUE_UPLOAD_HOURS=(int, 24),
    DUOLOGUE_MAX_OPEN_UPLOADS=(int, 5),
    DUOLOGUE_MAX_PERSON_UPLOAD_MB=(int, 200),
    DUOLOGUE_MAX_ALL_UPLOAD_MB=(int, 10240),
    DUOLOGUE_KEEP_FREE_MB=(int, 512),
    DUOLOGUE_S3_BUCKET=(str, ""),
    DUOLOGUE_S3_ENDPOINT=(str, ""),
    DUOLOGUE_S3_PUBLIC_ENDPOINT=(str, ""),
    DUOLOGUE_S3_REGION=(str, ""),
    DUOLOGUE_S3_KEY_ID=(str, ""),
    DUOLOGUE_S3_SECRET_KEY=(str, ""),
    DUOLOGUE_S3_ADDRESSING=(str, ""),
    DUOLOGUE_S3_LINK_SECONDS=(int, 60),
    DUOLOGUE_SOUND_DELIVERY=(str, "django"),
    DUOLOGUE_LOG_LEVEL=(str, "INFO"),
)
check_environment(os.environ, known=env.scheme)


def _read(name: str):
    """Return a setting parsed to its type, or refuse to start with a clear message."""
    try:
        return env(name)
    except ValueError as error:
        kind = env.scheme[name][0].__name__
        raise ImproperlyConfigured(f"{name} must be a {kind}; it is {os.environ.get(name)!r}.") from error


DEBUG = _read("DUOLOGUE_DEBUG")
DATA_DIR = Path(_read("DUOLOGUE_DATA_DIR")).resolve()
DATA_DIR.mkdir(parents=True, exist_ok=True)
IS_EMBEDDED = not os.environ.get("DATABASE_URL", "").startswith(("postgres", "psql"))

_secrets = load_secrets(
    DATA_DIR / "secrets.json",
    secret_key=_read("DUOLOGUE_SECRET_KEY"),
    field_keys=_read("DUOLOGUE_FIELD_KEYS"),
    may_create=IS_EMBEDDED,
)
SECRET_KEY = _secrets["secret_key"]
# "id:base64 of 32 bytes", newest first, comma separated: values are written with the first, read with any.
FIELD_KEYS = _secrets["field_keys"]

ALLOWED_HOSTS = _read("DUOLOGUE_ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = _read("DUOLOGUE_TRUSTED_ORIGINS")

INSTALLED_APPS = [
    "config",
    "accounts",
    "scheduling",
    "recordings",
    "payments",
    "accounts.apps.AdministrationConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_htmx",
    "django_q",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    # Before sessions, languages and people come in: the countdown of a release costs nothing.
    "scheduling.middleware.CountdownMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    # Before the CSRF check: it knows the method that is meant.
    "recordings.middleware.TusMiddleware",
    # Before the CSRF check: that parses the body.
    "config.middleware.BodyLimitMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.RateLimitMiddleware",
    "accounts.middleware.SecondFactorMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "scheduling.middleware.BusyMiddleware",
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
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "config.context.page",
            ],
        },
    },
]

FORM_RENDERER = "config.forms.FormRenderer"

# WAL with the write lock taken at BEGIN: a reader never blocks, a writer waits its turn (docs/decisions/0002).
_SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
}
DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'duologue.sqlite3'}")}
if DATABASES["default"].get("ENGINE") not in {"django.db.backends.sqlite3", "django.db.backends.postgresql"}:
    raise ImproperlyConfigured("DATABASE_URL must be sqlite:///path or postgres://user:password@host/name.")
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = _SQLITE_OPTIONS
else:
    # A writer that waits longer than this for a lock gets a 503 with Retry-After instead of holding a worker.
    # A kept query that a connection asks for the fifth time is prepared: it is planned no more (docs/decisions/0025).
    DATABASES["default"].setdefault("OPTIONS", {}).update(options="-c lock_timeout=3000", prepare_threshold=5)
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
# Opening a database costs more than most pages: SQLite reads its whole schema anew each time (docs/decisions/0025).
DATABASES["default"]["CONN_MAX_AGE"] = 60
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
try:
    CACHES = {"default": environ.Env.cache_url_config(_read("DUOLOGUE_CACHE_URL"))}
except ImproperlyConfigured as error:
    raise ImproperlyConfigured(
        f"DUOLOGUE_CACHE_URL must be dbcache://table, redis://host/0 or locmemcache://. {error}"
    ) from error
# What a process keeps for itself: parts of pages that a rush asks for (docs/decisions/0025).
CACHES["process"] = {
    "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
    "LOCATION": "process",
    "OPTIONS": {"MAX_ENTRIES": 2000},
}

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.PersonBackend"]
LOGIN_URL = "accounts:sign_in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"
SESSION_ENGINE = "accounts.sessions"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_HTTPONLY = True

ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"phone"}
ACCOUNT_SIGNUP_FIELDS = ["phone*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ALLAUTH_TRUSTED_PROXY_COUNT = _read("DUOLOGUE_TRUSTED_PROXIES")
MFA_FORMS = {
    "authenticate": "accounts.forms.SecondFactorForm",
    "reauthenticate": "accounts.forms.SecondFactorAgainForm",
    "activate_totp": "accounts.forms.SecondFactorSetupForm",
}
MFA_ADAPTER = "accounts.adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Duologue"
# A code from the half minute before still counts: people type slowly (RFC 6238, 5.2).
MFA_TOTP_TOLERANCE = 1
STAFF_SECOND_FACTOR = _read("DUOLOGUE_STAFF_SECOND_FACTOR")

PHONE_REGIONS = _read("DUOLOGUE_PHONE_REGIONS")
SMS_BACKEND = _read("DUOLOGUE_SMS_BACKEND")
SMS_SIGNATURE = _read("DUOLOGUE_SMS_SIGNATURE")
EMAIL_FROM = DEFAULT_FROM_EMAIL = SERVER_EMAIL = _read("DUOLOGUE_EMAIL_FROM")
# Links in e-mails begin with it: a task has no request to read its own address from.
SITE_URL = _read("DUOLOGUE_SITE_URL").rstrip("/")
vars().update(read_email_url(_read("DUOLOGUE_EMAIL_URL")))
# A server that does not answer holds one worker this long (s).
EMAIL_TIMEOUT = 10
# The kinds of messages that each app writes: `accounts/outbox.py`.
MESSAGE_KINDS = [
    "accounts.codes.KINDS",
    "accounts.addresses.KINDS",
    "scheduling.telling.KINDS",
    "scheduling.invitation_news.KINDS",
    "scheduling.pair_news.KINDS",
    "scheduling.rota_news.KINDS",
    "scheduling.shift_news.KINDS",
    "scheduling.suspension_news.KINDS",
    "scheduling.seat_news.KINDS",
    "scheduling.release_news.KINDS",
    "scheduling.move_request_news.KINDS",
    "recordings.telling.KINDS",
]
# What follows a corrected outcome in the same transaction, or refuses it: `scheduling/attendance.py`.
CORRECTION_FOLLOWERS = ["payments.fees.follow_correction"]

LANGUAGE_CODE = "en"
LANGUAGES = [("zh-hans", _("简体中文")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "config.formats"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATIC_ROOT.mkdir(exist_ok=True)
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = DATA_DIR / "media"
OBJECT_STORE = read_object_store(_read)
SOUND_DELIVERY = read_delivery(_read, object_store=OBJECT_STORE)
STORAGES = {
    "default": storage_of(OBJECT_STORE),
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedStaticFilesStorage"
    },
}
MAX_UPLOAD_BYTES = _read("DUOLOGUE_MAX_UPLOAD_MB") * 1024 * 1024
MAX_ASSET_BYTES = _read("DUOLOGUE_MAX_ASSET_MB") * 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o640
# Uploads under way lie here, on a disk of this machine, until they are whole.
UPLOADS_DIR = DATA_DIR / "uploads"
UPLOAD_LIFE = timedelta(hours=_read("DUOLOGUE_UPLOAD_HOURS"))
MAX_OPEN_UPLOADS = _read("DUOLOGUE_MAX_OPEN_UPLOADS")
MAX_PERSON_UPLOAD_BYTES = _read("DUOLOGUE_MAX_PERSON_UPLOAD_MB") * 1024 * 1024
MAX_ALL_UPLOAD_BYTES = _read("DUOLOGUE_MAX_ALL_UPLOAD_MB") * 1024 * 1024
KEEP_FREE_BYTES = _read("DUOLOGUE_KEEP_FREE_MB") * 1024 * 1024

# `retry` counts from the moment a task enters the local queue, so it must exceed timeout × (queue_limit / workers + 2).
_WORKERS = _read("DUOLOGUE_WORKERS")
Q_CLUSTER = {
    "name": "duologue",
    "orm": "default",
    "workers": _WORKERS,
    "queue_limit": _WORKERS,
    "timeout": 120,
    "retry": 120 * 3 + 60,
    "max_attempts": 3,
    "ack_failures": True,
    "catch_up": False,
    "save_limit": 500,
    "recycle": 200,
    "poll": 0.5,
    "label": _("Background tasks"),
}

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if _read("DUOLOGUE_HTTPS"):
    SECURE_SSL_REDIRECT = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True

# A presigned link leads the player from our page to the store: the policy must know where to.
_SOUND_ORIGINS = [OBJECT_STORE.browser_origin] if OBJECT_STORE and SOUND_DELIVERY == "presigned" else []
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "media-src": [SELF, "blob:", *_SOUND_ORIGINS],
        "font-src": [SELF],
        "connect-src": [SELF, *_SOUND_ORIGINS],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"hide secrets": {"()": "config.quiet_logs.HideSecrets"}},
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["hide secrets"]}
    },
    "root": {"handlers": ["console"], "level": _read("DUOLOGUE_LOG_LEVEL")},
    "loggers": {
        "django-q": {"level": "WARNING"},  # each queued and each finished task is a line otherwise
        "django": {
            "handlers": [],
            "level": _read("DUOLOGUE_LOG_LEVEL"),
        },  # its own handler would repeat each line
    },
}
