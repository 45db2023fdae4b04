"""The credit bureau slow, down or talking nonsense, over a real local HTTP server: it holds nobody up and approves nothing."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from risk.domain.bureau import FAILURES_TO_OPEN
from risk.models import BureauCircuit, BureauReport
from risk.services.bureau import fetch_due
from tests.risk.conftest import TODAY
from tests.risk.web.bureaus import Asked, Bureau, asked, bureau, bureau_facts, report

__all__ = ["asked", "bureau"]

pytestmark = pytest.mark.django_db


def _drip(server: socket.socket) -> None:
    """Take one connection and send the beginning of a TLS record byte by byte, without end."""
    with suppress(OSError):
        peer, _ = server.accept()
        with peer:
            peer.sendall(b"\x16\x03\x03\x40\x00")
            while True:
                time.sleep(0.1)
                peer.sendall(b"\x02")


class TestTrouble:
    @pytest.mark.parametrize("seconds", [9.0])
    def test_a_bureau_that_drips_is_given_up_in_time_and_asked_again_later(self, seconds: float, asked: Asked, bureau: Bureau) -> None:
        row = asked()
        bureau.answer = (200, report(), seconds)
        began, at = time.monotonic(), timezone.now()
        fetch_due(business_date=TODAY)
        assert time.monotonic() - began < 5, "0.4 seconds were allowed; every byte came in time, the whole did not"
        row.refresh_from_db()
        assert row.state == "WAITING" and "did not answer within 0.4 seconds" in row.detail
        assert at + timedelta(seconds=50) < row.next_at < timezone.now() + timedelta(seconds=61)
        assert fetch_due(business_date=TODAY) == 0, "nobody hurries a bureau that is slow"

    def test_a_bureau_that_never_shakes_hands_is_given_up_in_time(self, asked: Asked, bureau: Bureau, settings: Any) -> None:
        """TLS spoken to a server that takes the connection and says nothing, a byte now and then."""
        mute = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=_drip, args=(mute,), daemon=True).start()
        settings.CREDENCE_BUREAU_URL = f"https://127.0.0.1:{mute.getsockname()[1]}/reports"
        row = asked()
        began = time.monotonic()
        fetch_due(business_date=TODAY)
        mute.close()
        assert time.monotonic() - began < 5, "0.4 seconds were allowed"
        row.refresh_from_db()
        assert row.state == "WAITING" and "did not answer within 0.4 seconds" in row.detail

    def test_a_bureau_that_is_down_is_asked_four_times_and_then_no_more(self, asked: Asked, bureau: Bureau) -> None:
        row = asked()
        bureau.stop()
        for attempt in range(1, 5):
            BureauReport.objects.update(next_at=timezone.now())
            fetch_due(business_date=TODAY)
            row.refresh_from_db()
            assert (row.attempts, row.state) == (attempt, "WAITING" if attempt < 4 else "FAILED")
        assert "could not be reached" in row.detail and "Asked 4 times" in row.detail
        assert fetch_due(business_date=TODAY) == 0 and bureau_facts(row) == {}

    def test_the_circuit_opens_for_all_workers_and_one_enquiry_closes_it(self, asked: Asked, bureau: Bureau) -> None:
        rows = [asked(number=f"L01X1000{number}") for number in range(FAILURES_TO_OPEN + 1)]
        bureau.answer = (503, b"", 0.0)
        fetch_due(business_date=TODAY)
        assert len(bureau.asked) == FAILURES_TO_OPEN, "the sixth was spared"
        rows[-1].refresh_from_db()
        assert (rows[-1].attempts, rows[-1].state) == (0, "WAITING") and "The bureau is down" in rows[-1].detail
        bureau.answer = (200, report(), 0.0)
        BureauReport.objects.update(next_at=timezone.now())
        fetch_due(business_date=TODAY)
        assert len(bureau.asked) == FAILURES_TO_OPEN
        BureauCircuit.objects.update(open_until=timezone.now() - timedelta(seconds=1))
        BureauReport.objects.update(next_at=timezone.now())
        fetch_due(business_date=TODAY)
        circuit = BureauCircuit.objects.get()
        assert (circuit.failures, circuit.open_until) == (0, None)
        assert set(BureauReport.objects.values_list("state", flat=True)) == {"RECEIVED"}

    @pytest.mark.parametrize("number", ["SB-\x00", "SB-\ud800", "SB-\x1b[2J", "SB\x7f"])
    def test_what_cannot_be_printed_is_no_report(self, number: str, asked: Asked, bureau: Bureau) -> None:
        address = {"line1": number, "postcode": "20999", "city": "Nordersund", "country": "DE"}
        subject = {"name": "Freya Lindqvist", "birth_date": "1986-05-04"}
        for index, answer in enumerate(
            (report(report=number), report(subject=subject | {"address": address}), report(subject=subject | {"name": number}))
        ):
            row = asked(number=f"L01X3000{index}")
            bureau.answer = (200, answer, 0.0)
            fetch_due(business_date=TODAY)
            row.refresh_from_db()
            assert (row.state, row.attempts) == ("UNUSABLE", 1) and "cannot be printed" in row.detail

    def test_a_fault_over_one_counts_and_stops_no_other(self, asked: Asked, bureau: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
        bad, good = asked(), asked(number="L01X00T99")

        def break_down(row: BureauReport, *_: Any) -> None:
            if row.pk == bad.pk:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT 1 / 0")

        monkeypatch.setattr("risk.services.bureau._put_into_file", break_down)
        for attempt in range(1, 5):
            assert fetch_due(business_date=TODAY) == (2 if attempt == 1 else 1)
            bad.refresh_from_db()
            assert (bad.attempts, bad.state) == (attempt, "WAITING" if attempt < 4 else "UNUSABLE")
            BureauReport.objects.update(next_at=timezone.now())
        good.refresh_from_db()
        assert good.state == "RECEIVED" and "could not be taken in" in bad.detail and fetch_due(business_date=TODAY) == 0

    def test_nothing_waits_for_ever(self, asked: Asked, bureau: Bureau) -> None:
        row = asked()
        BureauReport.objects.update(requested_at=timezone.now() - timedelta(hours=25))
        fetch_due(business_date=TODAY)
        row.refresh_from_db()
        assert row.state == "FAILED" and "within a day" in row.detail and bureau.asked == []
