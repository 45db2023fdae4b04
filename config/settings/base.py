"""Settings that every way of running shares."""

from __future__ import annotations

import base64
from ipaddress import ip_address
from pathlib import Path

import django_stubs_ext
import environ
from csp.constants import NONCE, NONE, SELF
from django.templatetags.static import static
from django.utils.functional import lazy
from whitenoise.compress import Compressor

from config.settings.jobs import *  # noqa: F403 — settings are one namespace, written in chapters
from config.settings.logs import *  # noqa: F403 — as above

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent.parent
env = environ.Env()

SECRET_KEY = env("SECRET_KEY", default="")
DEBUG = False
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1"])
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
AUTH_USER_MODEL = "core.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "rest_framework",
    "oauth2_provider",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_celery_beat",
    "django_htmx",
    "django_structlog",
    "csp",
    "heroicons",
    "config",
    "core",
    "blacklist",
    "loans",
    "loans.ledger",
    "collateral",
    "risk",
    "monitoring",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.PrivateAnswersMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "core.web.second_factor.SecondFactorMiddleware",
    "core.web.row_security.RowSecurityMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "core.web.only_sent.OnlySentMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            # Over Django's own `csrf_token`: the forms say for whom they were drawn.
            "builtins": ["core.templatetags.stamped"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "core.web.context.frame",
            ],
        },
    }
]

FORM_RENDERER = "core.web.form_renderer.HouseRenderer"

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
ACCOUNT_ADAPTER = "core.web.account.AccountAdapter"
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_SESSION_REMEMBER = False
MFA_ADAPTER = "core.web.account.MfaAdapter"
MFA_TOTP_ISSUER = "Credence"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
LOGIN_REDIRECT_URL = "/"
LOGIN_URL = "account_login"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
OAUTH2_PROVIDER = {
    "SCOPES": {
        "quotes": "Products and the cost of terms",
        "applications:read": "Your applications and their decisions",
        "applications:write": "Send, complete and accept applications",
        "loans:read": "Your loans, their schedules and entries",
        "payments:write": "Report payments",
        "statements:write": "Send account statements",
        "screening": "Ask whether a party of your application needs a review",
        "webhooks": "Be told when something happens",
    },
    "ACCESS_TOKEN_EXPIRE_SECONDS": 3600,
    "PKCE_REQUIRED": True,
    "ALLOWED_GRANT_TYPES": ["client-credentials"],
}

# The pages are written in English; no browser may mix the frameworks' words of another language in.
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
REST_FRAMEWORK = {
    "EXCEPTION_HANDLER": "core.api.errors.problem_handler",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser", "rest_framework.parsers.MultiPartParser"],
    "DEFAULT_THROTTLE_RATES": {"partner": "600/min"},
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Credence partner API",
    "DESCRIPTION": "Send applications, read decisions and loans, report payments. Money is a string; every POST needs an Idempotency-Key.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": lazy(static, str)("icon.svg"),
    "OAUTH2_FLOWS": ["clientCredentials"],
    "OAUTH2_TOKEN_URL": "/oauth/token",
    "OAUTH2_SCOPES": OAUTH2_PROVIDER["SCOPES"],
}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
# The source maps of the API reference are large, and only a developer's tools ask for them: compressing them took half a minute.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "map")
# Pages name files by their fingerprint alone.
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
FILE_UPLOAD_PERMISSIONS = 0o600
# A file of 20 MiB and the fields around it; larger bodies are refused before they are read.
DATA_UPLOAD_MAX_MEMORY_SIZE = 21 << 20

# Nothing from elsewhere, nothing inline: a script that was smuggled into a page does not run.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-src": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "core.web.sent_again.refuse_stale"
# A working day; leaving the browser ends the session too.
SESSION_COOKIE_AGE = 10 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True


def keys(text: str) -> dict[str, bytes]:
    """`id:base64,id:base64` → keys by id, the current one first."""
    pairs = (part.split(":", 1) for part in text.split(",") if part)
    return {name: base64.b64decode(value) for name, value in pairs}


CREDENCE_FIELD_KEYS = keys(env("CREDENCE_FIELD_KEYS", default=""))
CREDENCE_INDEX_KEY = base64.b64decode(env("CREDENCE_INDEX_KEY", default=""))
CREDENCE_AUDIT_KEY = base64.b64decode(env("CREDENCE_AUDIT_KEY", default=""))
CREDENCE_APP_ROLE = env("CREDENCE_APP_ROLE", default="credence_app")
CREDENCE_REQUIRE_MFA = env.bool("CREDENCE_REQUIRE_MFA", default=False)
CREDENCE_REQUIRE_STEP_UP = env.bool("CREDENCE_REQUIRE_STEP_UP", default=False)

# Two roles: the owner migrates, the application role serves and owns nothing.
DATABASE_OWNER_URL = env("DATABASE_OWNER_URL", default="")
_role_url = DATABASE_OWNER_URL if env("CREDENCE_DATABASE_ROLE", default="app") == "owner" else env("DATABASE_URL", default="")
DATABASES = {
    "default": environ.Env.db_url_config(_role_url or "postgresql:///credence")
    | {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True, "ATOMIC_REQUESTS": False}
}
# A command that runs with nothing else running has no Redis; servers always have one.
REDIS_URL = env("REDIS_URL", default="")
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL, "KEY_PREFIX": "credence"}
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}
MEDIA_ROOT = env("CREDENCE_FILES", default=str(BASE_DIR / ".credence" / "files"))
# The credit bureau: an address that is asked over HTTP, or else a folder of delivered files, once it is there. Without both there is none.
# Whose holidays are no business days, by ISO code; empty: weekends alone.
CREDENCE_COUNTRY = env("CREDENCE_COUNTRY", default="DE")
CREDENCE_BUREAU_URL = env("CREDENCE_BUREAU_URL", default="")
CREDENCE_BUREAU_TOKEN = env("CREDENCE_BUREAU_TOKEN", default="")
# Name and address of the bureau as letters to customers give them.
CREDENCE_BUREAU_NAME = env("CREDENCE_BUREAU_NAME", default="")
# How long a consent to an enquiry holds from the day it was given on.
CREDENCE_CONSENT_DAYS = env.int("CREDENCE_CONSENT_DAYS", default=365)
CREDENCE_BUREAU_SECONDS = env.float("CREDENCE_BUREAU_SECONDS", default=10.0)
CREDENCE_BUREAU_FOLDER = env("CREDENCE_BUREAU_FOLDER", default=str(Path(MEDIA_ROOT) / "bureau"))
# Machines of the bank itself that applicants may use (identifiers as partners send them), and the internet addresses of its branches: no
# traces.
CREDENCE_OWN_DEVICES = env.list("CREDENCE_OWN_DEVICES", default=[])
CREDENCE_OWN_ADDRESSES = [str(ip_address(text)) for text in env.list("CREDENCE_OWN_ADDRESSES", default=[])]
# Days for which the machine an application was sent from is kept after it came in.
CREDENCE_DEVICE_DAYS = env.int("CREDENCE_DEVICE_DAYS", default=365)
# Days for which the rows a scorecard learnt from are kept after it is out of force, or, where it never was, after it was trained.
CREDENCE_SAMPLE_DAYS = env.int("CREDENCE_SAMPLE_DAYS", default=3 * 365)
STATIC_ROOT = env("CREDENCE_STATIC", default=str(BASE_DIR / ".credence" / "static"))
# Numbers beside the entries of the navigation: url name → function of the person, one cheap query each.
CREDENCE_NAV_COUNTS = {
    "loans:application_queue": "config.nav_counts.waiting_applications",
    "collateral:inspection_stops": "collateral.selectors.inspections.count_own_stops",
    "monitoring:alert_list": "config.nav_counts.open_alerts",
    "collateral:asset_list": "config.nav_counts.orders_for",
    "collateral:flag_list": "config.nav_counts.waiting_reviews",
    "collateral:margin_call_list": "config.nav_counts.waiting_margin_calls",
    "blacklist:hit_list": "blacklist.selectors.hits.count_open_hits",
    "core:proposal_list": "core.selectors.count_for_me",
}
