"""The links to the house font in the head of a page; nothing when it was not built."""

from __future__ import annotations

from functools import lru_cache

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core.web import font

register = template.Library()


@lru_cache(maxsize=1)
def _is_built() -> bool:
    return font.is_built()


@register.simple_tag
def font_links() -> SafeString:
    """Preload and style sheet of the cut font."""
    if not _is_built():
        return SafeString("")
    return format_html(
        '<link rel="preload" href="{}" as="font" type="font/woff2" crossorigin><link rel="stylesheet" href="{}">\n',
        static(font.NAME),
        static(font.STYLE),
    )
