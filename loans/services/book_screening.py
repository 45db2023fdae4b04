"""The borrowers' side of rescreening the book: pieces of the book, in the order of their ids, handed to the blacklist."""

from __future__ import annotations

from uuid import UUID

from blacklist.models import ScreeningRun
from blacklist.services.runs import finish_run, screen_piece
from core.wake_ups import wake
from loans.models import Borrower
from loans.services.borrowers import screening_subjects

PIECE = 200


def send_screening(run_id: str) -> None:
    """Tell a worker to go on with a run. A broker that is away costs only seconds: beat sends again what is not finished."""
    wake("loans.drain_screening", expires=600, run_id=run_id)


def drain_screening(run_id: UUID | str) -> None:
    """Work off a run piece by piece. A second worker on the same run finds its cursor moved and stops."""
    while True:
        run = ScreeningRun.objects.filter(pk=run_id, state=ScreeningRun.State.RUNNING).first()
        if run is None:
            return
        people = Borrower.objects.order_by("pk")
        piece = list((people.filter(pk__gt=UUID(run.cursor)) if run.cursor else people)[:PIECE])
        if not piece:
            finish_run(run_id=run_id, after=run.cursor)
            return
        moved = screen_piece(
            run_id=run_id,
            subjects=list(screening_subjects(piece)),
            after=run.cursor,
            cursor=str(piece[-1].pk),
            total=run.total or Borrower.objects.count(),
        )
        if moved is None:
            return
