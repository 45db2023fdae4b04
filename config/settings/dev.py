"""On a developer's machine and in the demo."""

from config.settings.base import *  # noqa: F403 — a thin layer over the base is what settings are
