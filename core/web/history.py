"""What was done to something, as a page tells it: entries of the audit trail as events of a timeline."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from core.models import AuditEntry
from core.web.components import Event

Words = Callable[[AuditEntry], str]


def done(entry: AuditEntry) -> str:
    """What was done, where the page says to what: "Limit changed" of `facility.limit_changed`."""
    return entry.action.partition(".")[2].replace("_", " ").capitalize()


def said(entry: AuditEntry, of: str = "") -> str:
    """What was done to what: "Fact recorded", but "Submitted" alone where it was done to what the page is `of`."""
    noun, _, verb = entry.action.partition(".")
    return (verb if noun == of else f"{noun} {verb}").replace("_", " ").replace(".", " ").strip().capitalize()


def events_of(entries: Iterable[AuditEntry], words: Words = done, text: Words = lambda _: "") -> list[Event]:
    """The entries in their order, each titled by `words` and with more about it by `text`."""
    return [Event(words(entry), entry.at, entry.actor_name, text(entry)) for entry in entries]
