"""What an interest undoes that somebody declares in the midst of a file: nobody goes on with it, and nothing of theirs stays put up."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from core import four_eyes
from loans.models import Application, DeclaredInterest
from loans.selectors.groups import same_person
from risk.models import Investigation, Recommendation
from risk.services.file_work import DECISION, EDITABLE, REFERRED, reopen

State = Investigation.State


@transaction.atomic
def step_back(*, interest: DeclaredInterest, business_date: date) -> None:
    """Free the undecided files of whom an interest is about from who declared it: an investigation of theirs that is not signed loses its
    investigator, a sign-off of theirs is void, and what they put up for decision ends. What they found out stays, and is signed off by
    others.
    """
    person = interest.staff_id
    files = (
        Application.objects.filter(parties__borrower__in=same_person(interest.borrower), state__in=[*EDITABLE, REFERRED])
        .order_by("pk")
        .distinct()
    )
    for application in files:
        for investigation in (
            Investigation.objects.select_for_update(of=("self",)).select_related("application").filter(application=application)
        ):
            if investigation.state == State.SIGNED_OFF and investigation.signed_by_id == person:
                reopen(investigation, actor=None, business_date=business_date, reason="Who signed it off declared an interest in the file.")
            if investigation.state != State.SIGNED_OFF and investigation.investigator_id == person:
                investigation.investigator = None
                investigation.save(update_fields=["investigator"])
        proposal = four_eyes.open_proposal(kind=DECISION, target=application)
        if proposal is not None and Recommendation.objects.filter(proposal=proposal, made_by=person).exists():
            four_eyes.void(kind=DECISION, target=application, reason="Who put it up declared an interest in the file.")
