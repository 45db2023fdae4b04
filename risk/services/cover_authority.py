"""Authority over cover that is given up: as many people as the exposure to the group takes with the cover that is left, by the matrix of
the moment, none of whom worked on the file or decided it.

What was approved was approved with its cover: that decision carries nothing of this. Each second person's word is kept until there are
enough.
"""

from __future__ import annotations

from decimal import Decimal

from collateral.services.given_up_cover import GivenUp, Needed
from core import audit
from core.errors import DomainError
from core.models import User
from core.roles import Role
from loans.services.exposures import exposure_test
from risk.domain.authority import BY_COMMITTEE, COMMITTEE, TWO_APPROVERS, carried_up_to, required_authority
from risk.domain.authority_ground import floor_of
from risk.domain.committee import Ballot, Result, result_of
from risk.models import CoverSignature
from risk.selectors.conflicts import people_on_file
from risk.selectors.limits import authority_in_force
from risk.selectors.terms import DECIDERS
from risk.services.authority_standing import decided_grade, decision_behind


class UnableToGiveUpCover(DomainError):
    """The cover is not given up on this person's word."""

    title = "The cover was not given up"
    messages = {
        "not_entitled": "Only approvers and risk managers give up cover.",
        "conflict_of_interest": "You {what}. Somebody who did not work on the file has to give up its cover.",
        "signed": "You confirmed it already. It takes {title}: somebody else has to confirm it too.",
    }


def needed(given: GivenUp) -> Needed:
    """What it takes today, and whose words of those kept count: who decides still, for no less exposure and no more cover."""
    application = given.application
    assert application.borrower is not None
    test, held, decision = exposure_test(application, application.borrower), authority_in_force().authority, decision_behind(application)
    grade = decided_grade(decision, application) if decision else application.grade
    product = application.product_version.product.code if application.product_version else ""
    row = required_authority(test.exposure, grade, given.left >= test.exposure, held.rows, product=product)
    floor = floor_of(decision.authority) if decision else None
    row = BY_COMMITTEE if test.cut_off else max(row, floor or row, key=lambda one: one.level)
    people = [one for one in _signers(given, test.exposure) if one.is_active and one.has_role(*DECIDERS)]
    if row.level == COMMITTEE:
        ballots = [Ballot(in_favour=True, by_manager=one.has_role(Role.RISK_MANAGER)) for one in people]
        enough = result_of(ballots, held.committee) == Result.PASSED
    else:
        most = carried_up_to([frozenset(one.roles) for one in people], grade, given.left, held.rows, product=product)
        enough = (most is None or most >= test.exposure) and len(people) >= (2 if row.level >= TWO_APPROVERS else 1)
    return Needed(row.title, test.exposure, tuple(one.full_name for one in people), enough)


def _signers(given: GivenUp, exposure: Decimal) -> list[User]:
    words = CoverSignature.objects.filter(proposal=given.proposal, exposure__gte=exposure, cover_left__lte=given.left)
    return list({one.person_id: one.person for one in words.select_related("person")}.values())


def sign(given: GivenUp, *, actor: User, reason: str) -> Needed:
    """Keep somebody's word that the exposure may stand on the cover that is left. Whether there are enough then is in what is returned.

    Raises UnableToGiveUpCover: `not_entitled`, `conflict_of_interest`, `signed`.
    """
    assert given.proposal is not None
    if not actor.is_active or not actor.has_role(*DECIDERS):
        raise UnableToGiveUpCover("not_entitled")
    if done := people_on_file(given.application).get(actor.pk):
        raise UnableToGiveUpCover("conflict_of_interest", what=done)
    before = needed(given)
    if actor in _signers(given, before.exposure):
        raise UnableToGiveUpCover("signed", title=before.title)
    CoverSignature.objects.create(
        proposal=given.proposal,
        exposure=before.exposure,
        cover_left=given.left,
        person=actor,
        person_name=actor.full_name,
        reason=reason[:400],
        signed_date=given.business_date,
    )
    audit.record(
        "cover.signed", actor=actor, target=given.application, business_date=given.business_date, exposure=before.exposure, left=given.left,
        about=given.proposal.title,
    )  # fmt: skip
    return needed(given)
