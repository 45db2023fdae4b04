"""Entries of the audit trail as a page tells them."""

from __future__ import annotations

from core.models import AuditEntry
from core.web.history import done, events_of, said

ENTRIES = [AuditEntry(action="facility.limit_changed", actor_name="Ida"), AuditEntry(action="fact.recorded", actor_name="Ole")]


def test_are_titled_by_what_was_done_and_to_what_where_the_page_does_not_say_it() -> None:
    assert [event.title for event in events_of(ENTRIES)] == ["Limit changed", "Recorded"]
    assert [said(entry, of="facility") for entry in ENTRIES] == ["Limit changed", "Fact recorded"]
    assert said(ENTRIES[0]) == "Facility limit changed" != done(ENTRIES[0])


def test_keep_their_order_who_did_them_and_more_about_them() -> None:
    events = events_of(ENTRIES, text=lambda entry: entry.action[:4])
    assert [(event.who, event.text) for event in events] == [("Ida", "faci"), ("Ole", "fact")]
