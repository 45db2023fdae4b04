"""What has to hold of a bank however it was lived: its books, and every decision it took."""

from __future__ import annotations

from datetime import date
from io import StringIO

from django.core.management import call_command

from loans.ledger.selectors import trial_balance
from risk.models import Decision
from risk.services.replay import replay_decision


def assert_in_order(*, day: date) -> None:
    """The ledger balances and agrees with what it was posted from, and every decision comes out of its evidence again."""
    assert not trial_balance(as_of=day).differences
    call_command("verify_ledger", stdout=StringIO())
    decisions = list(Decision.objects.select_related("application"))
    differing = [decision.application.reference for decision in decisions if not replay_decision(decision=decision).identical]
    assert decisions and not differing, differing
