"""Settings of the test suite: real PostgreSQL and Redis of its own, as the application role."""

from __future__ import annotations

import os

if "DATABASE_URL" not in os.environ:
    from config.launcher.throwaway import start_for_tests

    start_for_tests()

from config.settings.base import *  # noqa: F403 — the engines' addresses have to be known first

# Argon2 is slow on purpose; tests sign in hundreds of times.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Numbers beside the entries of the navigation cost some queries on every page; the fixture `nav_counts` shows those of the house.
HOUSE_NAV_COUNTS, CREDENCE_NAV_COUNTS = CREDENCE_NAV_COUNTS, {}  # noqa: F405 — from base
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

# The cache of each xdist worker is a Redis database of its own, beside the broker's: tests empty it. The number stands in
# the address, because redis-py lets the address overrule an option.
_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
CACHES = {"default": {**CACHES["default"], "LOCATION": f"{REDIS_URL.rpartition('/')[0]}/{1 + _worker % 15}"}}  # noqa: F405 — from base
