"""Loans that a night set aside: tried again by a person once their cause is mended, or found to go through by a later night.

A closed day takes no more bookings. Trying again therefore rehearses the open day's steps on the loan and undoes them: when they go
through, the loan's figures are measured at once, and the coming night books what is missing.
"""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from core import audit
from core.business_date import lock_bank
from core.errors import DomainError
from core.models import User
from core.roles import Role
from loans.services.figures import refresh_loan
from monitoring.models import SetAside, SweepRun
from monitoring.services.steps import carry_out_steps

NIGHT = "the night of {day:%d %b %Y}"


class UnableToTryAgain(DomainError):
    """The loan stays set aside."""

    title = "The loan stays set aside"
    messages = {
        "not_entitled": "Only risk managers try loans again that a night has set aside.",
        "resolved": "{loan} was resolved already, by {by}.",
        "running": "The day is being closed now; the run tries {loan} by itself.",
        "still_fails": "{loan} still cannot be processed: {reason}",
    }


class _Undo(Exception):
    """Ends a rehearsal."""


@transaction.atomic
def try_again(*, set_aside: SetAside, actor: User) -> SetAside:
    """Rehearse the steps of the open day on the loan; when they go through, measure its figures and resolve it.

    Raises UnableToTryAgain: `not_entitled`, `resolved`, `running`, `still_fails` with the reason.
    """
    if not actor.has_role(Role.RISK_MANAGER):
        raise UnableToTryAgain("not_entitled")
    bank = lock_bank()
    locked = SetAside.objects.select_for_update(of=("self",)).select_related("loan").get(pk=set_aside.pk)
    loan = locked.loan
    if locked.resolved_at is not None:
        raise UnableToTryAgain("resolved", loan=loan.reference, by=locked.resolved_by_name)
    if SweepRun.objects.filter(state=SweepRun.State.RUNNING).exists():
        raise UnableToTryAgain("running", loan=loan.reference)
    try:
        with transaction.atomic():
            carry_out_steps(business_date=bank.business_date, first_loan_id=loan.pk, last_loan_id=loan.pk)
            raise _Undo
    except _Undo:
        pass
    except Exception as error:  # whatever the SQL meets is the answer to the question
        reason = f"{type(error).__name__}: {error}"
        raise UnableToTryAgain("still_fails", loan=loan.reference, reason=reason.splitlines()[0][:300]) from error
    refresh_loan(loan, business_date=bank.business_date)
    locked.resolved_at = timezone.now()
    locked.resolved_by_name = actor.full_name
    locked.save(update_fields=["resolved_at", "resolved_by_name"])
    last = SweepRun.objects.order_by("-business_date").first()
    if last is not None and last.state == SweepRun.State.DONE and not last.set_aside.filter(resolved_at=None).exists():
        bank.sweep_failed = False
        bank.save(update_fields=["sweep_failed"])
    audit.record("sweep.set_aside_resolved", actor=actor, target=loan, label=loan.reference, business_date=bank.business_date)
    return locked


def resolve_what_went_through(run: SweepRun) -> int:
    """Resolve what earlier nights set aside and this one did not. Returns how many."""
    open_before = SetAside.objects.filter(resolved_at=None).exclude(run=run)
    return open_before.exclude(loan__in=run.set_aside.values("loan")).update(
        resolved_at=run.finished_at, resolved_by_name=NIGHT.format(day=run.business_date)
    )
