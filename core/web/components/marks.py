"""Small marks: icons, tags, grades, key caps, time left. Built in Python because a list draws hundreds of them."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from heroicons.templatetags import heroicons

from core.web import formats

# Each status has an icon of a different outline, so that it can be told without colour.
STATUS_ICONS = {
    "good": "check-circle",
    "warn": "exclamation-triangle",
    "bad": "x-circle",
    "info": "clock",
    "neutral": "minus-circle",
}


@lru_cache(maxsize=256)
def icon(name: str, size: int = 16, css: str = "ico") -> SafeString:
    """A heroicon, hidden from screen readers: the words beside it carry the meaning. `size` 16, 20 or 24 picks the
    drawing.
    """
    draw = {16: heroicons.heroicon_micro, 20: heroicons.heroicon_mini}.get(size, heroicons.heroicon_outline)
    return mark_safe(draw(name, size=size, **{"class": css, "aria-hidden": "true"}))  # noqa: S308 -- drawn by a library from fixed names


def tag(status: str, word: str, icon_name: str = "", title: str = "") -> SafeString:
    """A status: icon, word and ground. Never colour alone."""
    status = status if status in STATUS_ICONS else "neutral"
    mark = icon(icon_name or STATUS_ICONS[status], 16, "")
    if title:
        return format_html('<span class="tag {}" title="{}">{}{}</span>', status, title, mark, word)
    return format_html('<span class="tag {}">{}{}</span>', status, mark, word)


def status_icon(status: str) -> SafeString:
    """The icon of a status alone, where the words beside it say it: a circle with an i for what merely happened."""
    return icon("information-circle" if status == "info" else STATUS_ICONS.get(status, STATUS_ICONS["neutral"]))


def grade(letter: str | None, big: bool = False) -> SafeString:
    """The grade A to E as a letter in a tile; a dash with words when there is none yet."""
    if not letter:
        return mark_safe('<span class="grade">\u2013<span class="vh">not graded</span></span>')
    return format_html('<span class="grade {}{}"><span class="vh">Grade </span>{}</span>', letter, " big" if big else "", letter)


def key(name: str) -> SafeString:
    """A key cap on the control it triggers. Hidden from screen readers, as the control's name is its words."""
    return format_html('<kbd aria-hidden="true">{}</kbd>', name)


def time_left(deadline: datetime | None, now: datetime | None = None) -> SafeString:
    """What is left until a deadline, with its icon when it presses and the absolute time in the tooltip."""
    if deadline is None:
        return mark_safe('<span class="muted">no deadline</span>')
    words, status = formats.time_left(deadline, now or timezone.now())
    absolute = formats.moment(timezone.localtime(deadline))
    if not status:
        return format_html('<span class="nowrap" title="{}">{}</span>', absolute, words)
    return format_html('<span class="left {}" title="{}">{}{}</span>', status, absolute, icon("clock", 16, ""), words)


def avatar(initials: str, name: str = "") -> SafeString:
    """A person as initials with the name for screen readers and in the tooltip; a dashed ring for nobody."""
    if not initials:
        return mark_safe(
            '<span class="avatar none" title="Nobody"><span aria-hidden="true">\u2013</span><span class="vh">Nobody</span></span>'
        )
    return format_html(
        '<span class="avatar" title="{}"><span aria-hidden="true">{}</span><span class="vh">{}</span></span>',
        name,
        initials,
        name,
    )
