"""The bank's own authority matrix, and what is in people's hands on the last day: files taken up, one laid aside."""

from __future__ import annotations

from datetime import date, timedelta

from config.simulator.bank import House
from core.business_date import closed_days
from core.workdays import add_workdays
from loans.models import Application
from loans.services.interests import ask_to_withdraw, declare_interest
from loans.services.missing import DAYS_TO_COMPLETE, Wanted, ask_for_missing
from loans.services.worklist import snooze_application
from risk.models import LimitSettings
from risk.selectors.work import decisions_for
from risk.services.limit_documents import defaults_of
from risk.services.limit_settings import decide_limits, propose_limits
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
    """Somebody takes the next files up as on any morning; one waits for a register, one for its applicant."""
    people = house.people
    taken: list[Application] = []
    for _ in range(min(3, (decisions_for(people["approver2"]).count() + 1) // 2)):
        if (application := take_next(actor=people["approver2"], business_date=day)) is not None:
            taken.append(application)
    if len(taken) > 1:
        until = add_workdays(day + timedelta(days=2), 1, closed_days())
        snooze_application(
            application=taken[-1], until=until, reason="third_party", note="The land register", actor=people["approver2"], business_date=day
        )
    _declare(house, day)
    _ask(house, day)


def _ask(house: House, day: date) -> None:
    """The investigation of the partner's latest file lacks papers, which its applicant is asked for."""
    files = Application.objects.filter(state="INVESTIGATING", investigation__state="OPEN")
    file = files.order_by("partner", "-pk").first()
    if file is None:
        return
    ask_for_missing(
        application=file,
        items=[
            Wanted("document", "payslips", "Payslips of the last three months"),
            Wanted("fact", "savings", "Where the savings come from"),
        ],
        text="Copies are enough; photos of them too.",
        until=day + DAYS_TO_COMPLETE,
        actor=house.people["investigator1"],
        business_date=day,
    )


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
