"""What identifies somebody on the bank's own list stands nowhere in clear: not in a table, not in the log."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection

from blacklist.models import BlacklistEntry
from blacklist.services import decide_hit, file_appeal, screen_subject
from blacklist.services.lookup import look_up_name
from blacklist.services.runs import screen_piece, start_book_screening
from core.models import User
from tests.blacklist.conftest import subject

SECRETS = ("Petrovic", "PETROVI", "0405971710012", "64 555 0101", "645550101", "Nemanjina", "1971-05-04")


def clear_text() -> dict[str, str]:
    """Every table but those of migrations and people, as text; bytes as they would stand in a dump, and as the text they hold."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename ~ '^(blacklist|core)_' ORDER BY 1")
        tables = [row[0] for row in cursor.fetchall()]
        found = {}
        for table in tables:
            cursor.execute(f"SELECT coalesce(string_agg(t::text, chr(10)), '') FROM \"{table}\" t")
            found[table] = cursor.fetchone()[0]
    return found


class TestNothingInClear:
    def test_is_found_by_whoever_reads_every_table_and_the_log(
        self,
        active: BlacklistEntry,
        collector: User,
        compliance: User,
        today: date,
        capsys: pytest.CaptureFixture[str],
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        twin = subject(birth_date=date(1971, 5, 4), phones=("+381 64 555 0101",), addresses=("Nemanjina 4, 11000 Beograd",))
        hit = screen_subject(subject=twin, purpose="submission", business_date=today).hits.get()
        decide_hit(hit=hit, outcome="TRUE_MATCH", reason="Everything agrees.", actor=compliance, business_date=today)
        look_up_name(name="Dragan Petrovic", birth_date="1971-05-04", national_id="0405971710012", actor=compliance, business_date=today)
        run = start_book_screening(actor=compliance, business_date=today)
        assert screen_piece(run_id=run.pk, subjects=[twin], after="", cursor="1", total=1) is not None
        file_appeal(entry=active, grounds="Dragan Petrovic has paid.", actor=collector, business_date=today)
        tables = clear_text()
        assert tables["blacklist_blacklistentry"]
        for secret in SECRETS:
            written = (secret, secret.encode().hex())
            assert [table for table, text in tables.items() if any(form.lower() in text.lower() for form in written)] == []
        output = capsys.readouterr()
        logged = output.out + output.err + caplog.text
        assert not [secret for secret in SECRETS if secret in logged]
