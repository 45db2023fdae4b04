"""On a developer's machine and in the demo: the embedded engines, plain http on this machine only, readable logs."""

from __future__ import annotations

from config.settings.base import *  # noqa: F403 — a thin layer over the base is what settings are
from config.settings.base import STORAGES, env
from config.settings.logs import logging_for

DEBUG = env.bool("DEBUG", default=False)
LOGGING = logging_for(json=False, level=env("LOG_LEVEL", default="INFO"))
if DEBUG:
    # Straight from the source folders, without collecting.
    WHITENOISE_USE_FINDERS = True
    WHITENOISE_AUTOREFRESH = True
    STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
