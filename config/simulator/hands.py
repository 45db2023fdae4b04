"""The bank's own authority matrix, and what is in people's hands on the last day: files taken up, one laid aside."""

from __future__ import annotations

from datetime import date, timedelta

from config.simulator.bank import House
from core.business_date import closed_days
from core.workdays import add_workdays
from loans.models import Application
from loans.services.interests import ask_to_withdraw, declare_interest
from loans.services.worklist import snooze_application
from risk.models import LimitSettings
from risk.selectors.work import decisions_for
from risk.services.limit_settings import decide_limits, defaults_of, propose_limits
from risk.services.worklist import take_next

# Homes above this are the committee's, so that a bank of this size has something for it to vote on.
MOST_OF_TWO = "255000"


def set_authority(house: House) -> None:
    """The bank's own matrix: what two people may decide ends where the homes of its last weeks begin."""
    kind = LimitSettings.Kind.AUTHORITY
    document = defaults_of(kind)
    alone = [row for row in document["rows"] if row["title"].startswith(("One", "A "))]
    two = next(row for row in document["rows"] if row["title"] == "Two people")
    document["rows"] = [*alone, two | {"most_exposure": MOST_OF_TWO}]
    people = house.people
    proposed = propose_limits(kind=kind, document=document, reason="For a bank of our size", actor=people["risk1"])
    decide_limits(proposed=proposed, confirm=True, reason="As the board decided", actor=people["risk2"])


def leave_in_hands(house: House, day: date) -> None:
    """Somebody takes the next files up as on any morning; one waits for the applicant."""
    people = house.people
    taken: list[Application] = []
    for _ in range(min(3, (decisions_for(people["approver2"]).count() + 1) // 2)):
        if (application := take_next(actor=people["approver2"], business_date=day)) is not None:
            taken.append(application)
    if len(taken) > 1:
        until = add_workdays(day + timedelta(days=2), 1, closed_days())
        snooze_application(
            application=taken[-1], until=until, reason="applicant", note="The last payslip", actor=people["approver2"], business_date=day
        )
    _declare(house, day)


def _declare(house: House, day: date) -> None:
    """Somebody of collections knows an applicant, and asks for the end of it."""
    file = Application.objects.filter(state="REVIEW").select_related("borrower").order_by("pk").first()
    if file is None or file.borrower is None:
        return
    person = house.people["collections1"]
    made = declare_interest(
        application=file, borrower=file.borrower, kind="FRIEND", reason="We sang in one choir.", actor=person, business_date=day
    )
    ask_to_withdraw(interest=made, reason="I left the choir two years ago.", actor=person, business_date=day)
