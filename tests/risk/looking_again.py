"""What tests of second looks have in common: a declined file, a request about it, an answer, and the papers that came."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from core.models import User
from loans.models import Application, StateChange
from risk.models import Decision, DecisionLetter, SecondLook
from risk.services.second_looks import answer_second_look, ask_for_second_look
from tests.risk.conftest import TODAY
from tests.risk.deciding import Make, decided
from tests.risk.web.conftest import world
from tests.shared_rows import shared

TOO_MUCH_OWED = {"monthly_obligations": "2600"}
REASONS = [{"code": "AFFORDABILITY", "text": "The instalments would take too much of the income."}]
WORDS = "The car loan of 2,300 a month was paid off in February. The letter of the bank is enclosed."


def declined(reviewed: Make, actor: User, **asked: Any) -> Application:
    """A file that the system and `actor` decline, of which the applicant heard the same day."""
    application: Application = reviewed(facts=TOO_MUCH_OWED, **asked)
    assert isinstance(decline(application, actor), Decision)
    wrote(application, actor)
    application.refresh_from_db()
    return application


def decline(application: Application, actor: User) -> object:
    return decided(application, actor, outcome="DECLINED", reasons=REASONS, rationale="The income does not carry it.")


def wrote(application: Application, actor: User, day: date = TODAY) -> None:
    """The letter went out on this day, as far as what follows from it goes."""
    owed = DecisionLetter.objects.filter(decision__application=application, written_date=None)
    owed.update(written_date=day, written_at=timezone.now(), written_by=actor, sha256="0" * 64)


def paper(name: str = "paid-off.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, b"%PDF-1.4\n%%EOF\n")


def ask(application: Application, actor: User, **changes: Any) -> SecondLook:
    """The applicant asks for a second look today, unless told otherwise."""
    given: dict[str, Any] = {"asked_date": TODAY, "words": WORDS, "papers": [], "business_date": TODAY}
    return ask_for_second_look(application=application, actor=actor, **(given | changes))


def answer(asked: SecondLook, actor: User, **changes: Any) -> SecondLook:
    """Take the file up again, to be decided anew, unless told otherwise."""
    given: dict[str, Any] = {
        "taken_up": True,
        "investigate": False,
        "rationale": "The loan is paid off.",
        "told": "",
        "business_date": TODAY,
    }
    return answer_second_look(second_look=asked, actor=actor, **(given | changes))


def uphold(asked: SecondLook, actor: User, **changes: Any) -> SecondLook:
    words = {"rationale": "The letter is of another loan.", "told": "The letter that you sent is about a loan that we had not counted."}
    return answer(asked, actor, taken_up=False, **(words | changes))


@shared
def refused(reviewed: Make, approver: User) -> Application:
    """A file that the first approver declined."""
    return declined(reviewed, approver)


@shared
def asked(refused: Application, officer: User) -> SecondLook:
    """The applicant asked for a second look at it."""
    return ask(refused, officer)


def everything() -> dict[str, object]:
    """What a step of a second look could have changed: equal before and after a refusal."""
    return world() | {"looks": list(SecondLook.objects.order_by("pk").values()), "steps": StateChange.objects.count()}
