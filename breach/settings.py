"""Settings, read from the environment. Names apps of both sides only as strings (composition root)."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import Any

import dj_database_url
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from pydantic_settings import BaseSettings, SettingsConfigDict

from . import takes_two
from .core import faults
from .logs import logging_config

BASE_DIR = Path(__file__).resolve().parent.parent


class Environment(BaseSettings):
    """The environment variables the settings read; docs/operations.md explains each."""

    model_config = SettingsConfigDict(extra="ignore")

    debug: bool = False
    demo: bool = False
    secret_key: str = ""
    root_key: str = ""
    root_key_old: str = ""
    database_url: str = ""
    database_owner_url: str = ""
    database_application_role: str = ""
    celery_broker_url: str = ""
    data_dir: Path = BASE_DIR / "var"
    allowed_hosts: str = ""
    public_url: str = "http://127.0.0.1:8000"
    smtp_host: str = "127.0.0.1"
    smtp_port: int = 2525
    smtp_user: str = ""
    smtp_password: str = ""
    smtp_tls: bool = False
    agency_time_zone: str = "America/New_York"
    mail_from: str = "notices@localhost"
    mail_house_name: str = "Contracted mail house"
    mail_house_address: str = ""
    https: bool = True
    proxies: int = 1
    reveal_budgets: dict[str, tuple[int, int]] = {}


env = Environment()
TESTING = "pytest" in sys.modules

DEBUG = env.debug
DEMO = env.demo
SECRET_KEY = env.secret_key
ROOT_KEY = env.root_key
ROOT_KEY_OLD = [key for key in env.root_key_old.replace(" ", "").split(",") if key]
DATA_DIR = env.data_dir.resolve()
PUBLIC_URL = env.public_url.rstrip("/")
if not SECRET_KEY or not ROOT_KEY:
    raise ImproperlyConfigured(
        "SECRET_KEY and ROOT_KEY are not set. Set both in the environment (docs/operations.md), "
        "or start through manage.py without DATABASE_URL to use the embedded services and their own keys."
    )

HERE = ["127.0.0.1", "localhost", "[::1]"]
ALLOWED_HOSTS = [h for h in env.allowed_hosts.split(",") if h] or HERE

INSTALLED_APPS = [
    "breach.apps.BreachConfig",
    "notifications.apps.NotificationsConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django_htmx",
    "django_filters",
    "rest_framework",
    "drf_spectacular",
    "drf_standardized_errors",
    "pgtrigger",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "csp",
]

MIDDLEWARE = [
    # Headers first, so that every answer carries them: static files, redirects to HTTPS, refused host names.
    "breach.web.middleware.HeadersMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "breach.web.session_rules.SessionRules",
    "breach.web.middleware.SafeRequestMiddleware",
    "breach.web.middleware.AgencyClockMiddleware",
    "breach.web.doorbell.DoorbellMiddleware",
    "axes.middleware.AxesMiddleware",
    "breach.web.read_only.ReadOnlyMiddleware",  # the last: view and template inside, the rest outside
]

ROOT_URLCONF = "breach.urls"
WSGI_APPLICATION = "breach.wsgi.application"
ASGI_APPLICATION = "breach.asgi.application"

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
                "breach.web.shell.shell",
            ],
        },
    },
]

DATABASES = {
    "default": dj_database_url.parse(
        env.database_url or "postgres:///breach", conn_max_age=60, conn_health_checks=True
    )
}
DATABASE_OWNER_URL = env.database_owner_url
DATABASE_APPLICATION_ROLE = env.database_application_role
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# What takes two people, and what may leave as a file: kinds of both sides.
APPROVAL_KINDS, APPROVAL_BOOKS = takes_two.APPROVAL_KINDS, takes_two.APPROVAL_BOOKS
EXPORT_KINDS, EXPORT_PRINTER = takes_two.EXPORT_KINDS, takes_two.EXPORT_PRINTER
NOTICE_SINCE = "notifications.queries.notice_since"  # asked by the contact log

AUTH_USER_MODEL = "breach.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
_VALIDATION = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": f"{_VALIDATION}.UserAttributeSimilarityValidator"},
    {"NAME": f"{_VALIDATION}.MinimumLengthValidator", "OPTIONS": {"min_length": 15}},
    {"NAME": f"{_VALIDATION}.NumericPasswordValidator"},
    {"NAME": "breach.core.passwords.KnownPasswordValidator"},
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign-in"
# Signing in is django-allauth's, without all that is for strangers: no sign-up, no e-mail, no social accounts.
ACCOUNT_ADAPTER = "breach.web.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_NOTIFICATIONS = False
ACCOUNT_SESSION_REMEMBER = False  # the cookie goes with the browser
ACCOUNT_FORMS = {"login": "breach.web.forms.signing.SignInForm"}
# Wrong passwords are axes' business; what allauth counts as "login_failed" are wrong second factors.
ACCOUNT_RATE_LIMITS = {
    "login": "60/m/ip",
    "login_failed": "5/5m/key",
    "reauthenticate": "20/m/user",
}
ALLAUTH_TRUSTED_PROXY_COUNT = 0 if DEBUG or DEMO else env.proxies
MFA_ADAPTER = "breach.web.adapters.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_FORMS = {"authenticate": "breach.web.forms.signing.SecondStepForm"}
MFA_TOTP_TOLERANCE = 1  # a telephone's clock may be half a minute off
MFA_WEBAUTHN_USER_VERIFICATION = "required"
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.1  # hours: slows guessing without locking people out for long
# Together: whoever guesses slows down only themselves, not the person somewhere else.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "breach.web.adapters.client_ip"
AXES_USERNAME_CALLABLE = "breach.web.adapters.typed_username"
AXES_VERBOSE = False
AXES_SENSITIVE_PARAMETERS = ["login", "username", "password", "ip_address"]
AXES_LOCKOUT_TEMPLATE = "registration/locked_out.html"
AXES_DISABLE_ACCESS_LOG = True
IDLE_SECONDS = 15 * 60
RECENT_SECONDS = 5 * 60
PASSWORD_RESET_TIMEOUT = 3 * 24 * 60 * 60  # an invitation's link

# Counts attempts and used codes for every process together, so it cannot be the memory of one.
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "breach_cache"}
}  # fmt: skip

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("es", _("Spanish"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"  # of the program: what machines read
# Where the agency is: letters and pages say times as clocks there did, times typed into a page are meant so, and
# due dates and holds count its days. An evening of the 28th there is the 29th in UTC.
AGENCY_TIME_ZONE = env.agency_time_zone
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = DATA_DIR / "static"
WHITENOISE_USE_FINDERS = True
WHITENOISE_ALLOW_ALL_ORIGINS = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    if not (DEBUG or DEMO or TESTING)
    else {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
FILE_UPLOAD_MAX_MEMORY_SIZE = (
    50 * 1024 * 1024
)  # uploads stay in memory: no temporary file with names in it
DATA_UPLOAD_MAX_MEMORY_SIZE = 50 * 1024 * 1024
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]

SPOOL_DIR = DATA_DIR / "spool"
CHECKPOINTS = DATA_DIR / "checkpoints" / "audit.jsonl"
MAILDIR = DATA_DIR / "mail"
SMTP = {
    "host": env.smtp_host,
    "port": env.smtp_port,
    "username": env.smtp_user,
    "password": env.smtp_password,
    "use_tls": env.smtp_tls,
    "sender": env.mail_from,
}

# Who prints and posts: the recipient that the disclosure ledger names.
MAIL_HOUSE = {"name": env.mail_house_name, "address": env.mail_house_address}

CELERY_BROKER_URL = env.celery_broker_url or "memory://"
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 200
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_DEFAULT_QUEUE = "housekeeping"
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {"visibility_timeout": 900, "unacked_restore_interval": 10, "unacked_restore_throttle": 1}
    if CELERY_BROKER_URL.startswith(("redis", "rediss"))
    else {}
)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_ROUTES = {
    "notifications.tasks.render*": {"queue": "render"},
    "notifications.tasks.send*": {"queue": "send"},
    "breach.tasks.import*": {"queue": "import"},
}
CELERY_BEAT_SCHEDULE = {
    "tick": {"task": "notifications.tasks.tick", "schedule": 15.0, "options": {"expires": 30}},
    "imports": {"task": "breach.tasks.import_due", "schedule": 15.0, "options": {"expires": 30}},
}

REVEAL_BUDGETS = env.reveal_budgets  # over the defaults of breach/core/budgets.py

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["breach.api.permissions.HasDeclaredCapability"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.PageNumberPagination",
    "PAGE_SIZE": 50,
    "DEFAULT_SCHEMA_CLASS": "breach.api.schema.AutoSchema",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "drf_standardized_errors.handler.exception_handler",
}
DRF_STANDARDIZED_ERRORS = {
    "EXCEPTION_HANDLER_CLASS": "breach.api.errors.ErrorHandler",
    "ALLOWED_ERROR_STATUS_CODES": ["400", "403", "404", "405", "406", "409", "415"],
    "ERROR_SCHEMAS": {
        "403": "breach.api.errors.DeniedResponse",
        "409": "breach.api.errors.RefusedResponse",
    },
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Breach Notice API",
    "DESCRIPTION": "The same verbs and the same record rules as the pages.",
    "VERSION": "0.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/",
    "POSTPROCESSING_HOOKS": ["drf_standardized_errors.openapi_hooks.postprocess_schema_enums"],
    "ENUM_NAME_OVERRIDES": {
        "ValidationErrorType": "drf_standardized_errors.openapi_serializers.ValidationErrorEnum",
        "ClientErrorType": "drf_standardized_errors.openapi_serializers.ClientErrorEnum",
        "DataElement": "breach.models.DataElement",
        "EvidenceKind": "breach.models.EvidenceKind",
        "FollowUpKind": "breach.models.FollowUpKind",
        "FollowUpState": "breach.models.followups.FollowUpState",
        "RosterJobKind": "breach.models.roster_jobs.JobKind",
        "RosterJobState": "breach.models.roster_jobs.JobState",
        "ContactOutcome": "breach.models.ContactOutcome",
        "NotificationState": "notifications.states.NotificationState",
        "DeliveryState": "notifications.states.DeliveryState",
        "ReceiptKind": "notifications.states.ReceiptKind",
        "AttemptOutcome": "notifications.models.AttemptOutcome",
    },
}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
# Nothing of the machine is asked for; passkeys are the accounts' own business and stay on.
PERMISSIONS_POLICY: dict[str, list[str]] = {
    feature: []
    for feature in (
        "accelerometer", "autoplay", "camera", "display-capture", "encrypted-media", "geolocation", "gyroscope",
        "hid", "magnetometer", "microphone", "midi", "payment", "serial", "usb", "xr-spatial-tracking",
    )
}  # fmt: skip
SECURE_CONTENT_TYPE_NOSNIFF = True
# "no-referrer" makes browsers send "Origin: null" with forms, which the CSRF check refuses.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 10 * 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_HTTPONLY = False
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "breach.web.errors.csrf_failure"
SECURE_COOKIES = not (DEBUG or DEMO or TESTING) and env.https
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES
LANGUAGE_COOKIE_SECURE, LANGUAGE_COOKIE_HTTPONLY = SECURE_COOKIES, True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_NAME = "__Host-language" if SECURE_COOKIES else "language"
SESSION_COOKIE_NAME = "__Host-session" if SECURE_COOKIES else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if SECURE_COOKIES else "csrf"
IDLE_COOKIE_NAME = "__Host-idle" if SECURE_COOKIES else "idle"
if SECURE_COOKIES:
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

MESSAGE_STORAGE = (
    "django.contrib.messages.storage.session.SessionStorage"  # no cookie that can be read
)

LOGGING_CONFIG = None
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = logging.DEBUG  # one line a request, when it is over
logging_config()
# What a crash says: kinds and places, no values. Where somebody works on the program, Python speaks for itself.
DEFAULT_EXCEPTION_REPORTER = "breach.web.faults.QuietReporter"
DEFAULT_EXCEPTION_REPORTER_FILTER = "breach.web.faults.NothingOfTheRequest"
ADMINS: list[tuple[str, str]] = []  # nobody is mailed a crash
MANAGERS: list[tuple[str, str]] = []
if not (DEBUG or TESTING):
    faults.keep_quiet()

SILENCED_SYSTEM_CHECKS: list[str] = []
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "breach.settings")
