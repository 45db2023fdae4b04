"""What ends when a file leaves review without a decision. Every process loads it, so that it stands apart from how decisions are taken."""

from __future__ import annotations

from django.db import transaction

from core import four_eyes
from loans.models import Application
from loans.services import locks
from risk.services.file_work import DECISION, REFERRED, REVIEW

LEFT = "The application left review after the decision was put up."


@transaction.atomic
def end_what_nobody_decides(*, application: Application) -> None:
    """End what was put up on a file that left review without a decision: it was withdrawn, or has to be investigated again."""
    locked = locks.lock_application(application)
    if locked.state not in (REVIEW, REFERRED):
        four_eyes.void(kind=DECISION, target=locked, reason=LEFT)
