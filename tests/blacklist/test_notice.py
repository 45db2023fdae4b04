"""The letter to the subject of an entry."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from blacklist.models import BlacklistEntry
from blacklist.services.notice import UnableToWriteNotice, write_notice
from core.models import AuditEntry, User


class TestWriteNotice:
    def test_is_a_tagged_pdf_and_on_record(self, active: BlacklistEntry, compliance: User) -> None:
        pdf = write_notice(entry=active, actor=compliance)
        assert pdf.startswith(b"%PDF-")
        assert b"/StructTreeRoot" in pdf
        assert AuditEntry.objects.filter(action="blacklist_entry.notice_written").count() == 1

    def test_is_for_entries_in_force_only(self, proposed: BlacklistEntry, compliance: User) -> None:
        with pytest.raises(UnableToWriteNotice, match="not_in_force"):
            write_notice(entry=proposed, actor=compliance)

    def test_refuses_officers(self, active: BlacklistEntry, officer: User) -> None:
        with pytest.raises(UnableToWriteNotice, match="not_entitled"):
            write_notice(entry=active, actor=officer)

    def test_is_sent_as_a_file(self, active: BlacklistEntry, compliance: User) -> None:
        client = Client()
        client.force_login(compliance)
        answer = client.get(reverse("blacklist:entry_notice", args=[active.pk]))
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
        assert "attachment" in answer["Content-Disposition"]
