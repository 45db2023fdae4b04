"""In production: everything comes from the environment, and nothing is served in clear."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured

from config.settings.base import *  # noqa: F403 — a thin layer over the base is what settings are
from config.settings.base import env
from config.settings.logs import logging_for

# Each of these must be set; a missing one stops the start with its name.
SECRET_KEY = env("SECRET_KEY")
for _name in ("DATABASE_URL", "REDIS_URL", "CREDENCE_FIELD_KEYS", "CREDENCE_INDEX_KEY", "CREDENCE_AUDIT_KEY"):
    env(_name)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = [f"https://{host.lstrip('.')}" for host in ALLOWED_HOSTS if host != "*"]
# A person's name and identifier go out with each enquiry.
if CREDENCE_BUREAU_URL and not CREDENCE_BUREAU_URL.startswith("https://"):  # noqa: F405 -- from base
    raise ImproperlyConfigured("CREDENCE_BUREAU_URL has to begin with https://: enquiries name people.")
# A letter of decline tells the customer whom to ask for the report.
if CREDENCE_BUREAU_URL and not CREDENCE_BUREAU_NAME:  # noqa: F405 -- from base
    raise ImproperlyConfigured("CREDENCE_BUREAU_NAME has to give the name, address and telephone of the bureau: letters tell them.")
LOGGING = logging_for(json=True, level=env("LOG_LEVEL", default="INFO"))
CREDENCE_REQUIRE_MFA = env.bool("CREDENCE_REQUIRE_MFA", default=True)
CREDENCE_REQUIRE_STEP_UP = env.bool("CREDENCE_REQUIRE_STEP_UP", default=True)

SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
# The prefix makes browsers refuse a cookie of this name from a neighbouring host or over http.
SESSION_COOKIE_NAME = "__Host-sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken"
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
