"""Authority asked again before money leaves: whether those who approved carry the exposure to the group as it has become, and who does if not.

Loans stops a payout by what is written there (`loans.services.exposures`); here it is worked out, on the day of the decision, when a payout
is asked for, at the moment at which it is confirmed, and when somebody signs for more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction

from collateral.selectors.coverage import coverage_of
from core import audit, four_eyes
from core.errors import DomainError, Fault
from core.models import User
from core.roles import Role
from loans.models import Application, Loan
from loans.selectors.interests import interests_in
from loans.services import locks
from loans.services.exposures import ExposureTest, carry_exposure, exposure_test
from risk.domain.authority import BY_COMMITTEE, COMMITTEE, AuthorityRow, CommitteeRules, carried_up_to, required_authority
from risk.domain.authority_ground import AGAINST, BEYOND_APPETITE, floor_of
from risk.domain.committee import Ballot, Result, result_of
from risk.domain.states import APPROVALS
from risk.models import CommitteeVote, Decision, ExposureSignature
from risk.selectors.conflicts import people_on_file
from risk.selectors.limits import authority_in_force
from risk.selectors.terms import DECIDERS
from risk.services.turned import NOTHING, Turn, what_turned

PROPOSAL = "payout_exposure"


class UnableToCarryExposure(DomainError):
    """The exposure was not signed for."""

    title = "The exposure was not carried"
    messages = {
        "not_entitled": "Only approvers and risk managers carry an exposure.",
        "conflict_of_interest": "You {what}. Somebody who did not work on the file has to carry the exposure.",
        "own_decision": "You decided the application. Somebody else has to carry the exposure.",
        "not_needed": "The authority of those who approved carries the exposure; nobody has to sign.",
        "signed": "You signed for this exposure already.",
        "reason_missing": "Say why the exposure may be carried.",
    }


@dataclass(frozen=True)
class Standing:
    """The exposure to a group against the authority behind one of its applications. Amounts in the bank's currency.

    `most` is what decision and signatures carry by today's matrix, grade and cover, None for any; of the committee what it voted on.
    `needed` is the least row that allows the exposure, always the committee for a group that is `cut_off` from being counted to its end, and
    never less than what the decision took for going against the system or beyond the appetite; `rules` are those of the committee. `turned`: what happened since, so that whoever decided answers for nothing any more; `silent`: those who
    approved or signed and answer for nothing by now, with why, in words. `signatures` are those that count.
    """

    exposure: Decimal
    borrowers: int
    decision: Decision
    most: Decimal | None
    signatures: tuple[ExposureSignature, ...]
    needed: AuthorityRow
    rules: CommitteeRules
    cut_off: bool = False
    turned: Turn = NOTHING
    silent: tuple[str, ...] = ()

    @property
    def since(self) -> str:
        """What happened since it was approved, in words that follow "before"."""
        return " and ".join(part for part in (self.turned.words, *self.silent) if part)

    @property
    def beyond(self) -> bool:
        return self.most is not None and self.exposure > self.most

    @property
    def by_committee(self) -> bool:
        return self.needed.level == COMMITTEE

    @property
    def headroom(self) -> Decimal | None:
        return None if self.most is None else self.most - self.exposure

    @property
    def names(self) -> str:
        """Whose authority it is, in words."""
        decision = self.decision
        if decision.authority_level == COMMITTEE:
            return f"{BY_COMMITTEE.title}, before {self.since}," if self.since else BY_COMMITTEE.title
        second = [decision.second_by.full_name] if decision.second_by else []
        names = " and ".join(dict.fromkeys([decision.decided_by_name, *second, *(one.person_name for one in self.signatures)]))
        return f"{names}, before {self.since}," if self.since else names


def standing_of(loan: Loan, *, business_date: date) -> Standing | None:
    """How it stands today; None where nobody of the house decided. A constant number of queries."""
    decision = decision_behind(loan.application)
    if decision is None:
        return None
    test = exposure_test(loan)
    turned = what_turned(loan, decided_at=decision.decided_at, business_date=business_date)
    signed = ExposureSignature.objects.filter(application=loan.application, exposure__gte=test.exposure).select_related("person")
    # Who signed before something turned did not sign for that.
    known = [one for one in signed if turned.was_known_to(Turn(one.turned, one.turned_days, amended=one.amended))]
    return _standing(loan.application, decision, test, _one_of_each(known), business_date, turned)


def _one_of_each(signed: Iterable[ExposureSignature]) -> list[ExposureSignature]:
    """Of whoever signed more than once the word that reaches furthest: one person is one, however often they say it."""
    widest: dict[int, ExposureSignature] = {}
    for one in signed:
        held = widest.get(one.person_id)
        if held is None or one.exposure >= held.exposure:
            widest[one.person_id] = one
    return list(widest.values())


def _standing(
    application: Application,
    decision: Decision,
    test: ExposureTest,
    signed: Sequence[ExposureSignature],
    business_date: date,
    turned: Turn,
) -> Standing:
    assert application.product_version is not None
    held = authority_in_force().authority
    available = coverage_of(application, business_date=business_date, exposure=test.exposure).available
    product = application.product_version.product.code
    grade = _decided_grade(decision, application)
    votes = [] if turned.happened else _votes_behind(decision)
    deciders = [] if turned.happened or votes else _deciders(decision)
    # Who worked on the file, whenever that was, has no vote in it, decides nothing and signs for nothing.
    answering = [*(one.member for one in votes), *deciders, *(one.person for one in signed)]
    on_file = people_on_file(application) if answering else {}
    barred = {one.pk: f"{one.full_name} {on_file[one.pk]}" for one in answering if one.pk in on_file}
    silent = barred | _silent(application, [*(one.member for one in votes if one.in_favour), *deciders, *(one.person for one in signed)])

    floor = floor_of(decision.authority)

    def reach(people: Sequence[User]) -> Decimal | None:
        answer = [one for one in people if one.pk not in silent]
        # The matrix says nothing of a group whose exposure nobody knows to its end, nor of what it did not ask so many people for.
        if test.cut_off or floor is BEYOND_APPETITE or (floor is AGAINST and len(answer) < 2):
            return Decimal(0)
        return carried_up_to([frozenset(one.roles) for one in answer], grade, available, held.rows, product=product)

    # Against stays against, whoever has left.
    ballots = {
        one.member_id: _ballot(one.member, in_favour=one.in_favour)
        for one in votes
        if one.member_id not in (silent if one.in_favour else barred)
    }
    # Those of earlier rounds stand with the votes of the last one, until their members sign.
    signers = {one.person_id for one in signed}
    objections = sum("carried" in vote and vote.get("member") not in signers for vote in decision.votes) if votes else 0
    passed = len(ballots) == len(votes) or result_of(list(ballots.values()), held.committee, objections=objections) == Result.PASSED
    most = reach(deciders) if not votes else decision.exposure_after if passed else Decimal(0)
    signatures = tuple(one for one in signed if one.person_id not in silent)
    if most is not None and signatures:
        together = reach([*deciders, *(one.person for one in signatures)])
        # What was voted on is carried by votes and signatures; of more than that nobody voted.
        voted, against = (ballots, objections) if test.exposure <= decision.exposure_after else ({}, 0)
        voted = voted | {one.person_id: _ballot(one.person) for one in signatures}
        result = result_of(list(voted.values()), held.committee, objections=against)
        if together is None or together >= test.exposure or result == Result.PASSED:
            most = max(most, min(one.exposure for one in signatures))
    needed = required_authority(test.exposure, grade, available >= test.exposure, held.rows, product=product)
    needed = BY_COMMITTEE if test.cut_off else max(needed, floor or needed, key=lambda row: row.level)
    words = tuple(dict.fromkeys(silent.values()))
    return Standing(test.exposure, test.borrowers, decision, most, signatures, needed, held.committee, test.cut_off, turned, words)


def _ballot(person: User, *, in_favour: bool = True) -> Ballot:
    return Ballot(in_favour, person.has_role(Role.RISK_MANAGER))


def _votes_behind(decision: Decision) -> list[CommitteeVote]:
    """The votes that a decision of the committee was taken by; none of another."""
    if decision.authority_level != COMMITTEE:
        return []
    cast = CommitteeVote.objects.filter(recommendation__application=decision.application_id, voted_at__lte=decision.decided_at)
    votes = list(cast.select_related("member").order_by("-recommendation_id", "id"))
    return [one for one in votes if one.recommendation_id == votes[0].recommendation_id]


def _silent(application: Application, people: Iterable[User]) -> dict[int, str]:
    """Of those who answered for the file, by id, who answers no more and why: they left, decide no more, or have an interest in it by now."""
    interested = set(interests_in(application.pk).values_list("staff_id", flat=True))
    found = {}
    for one in people:
        if one.pk in interested:
            found[one.pk] = f"{one.full_name} declared an interest in a party of the file"
        elif not one.is_active or not one.has_role(*DECIDERS):
            found[one.pk] = f"{one.full_name} ceased to decide"
    return found


def _decided_grade(decision: Decision, application: Application) -> str:
    """The grade that the authority is of: that of the terms decided where it is worse than the one of what was asked for."""
    decided: str = decision.authority.get("ground", {}).get("grade", "")
    return max(application.grade, decided)


def decision_behind(application: Application) -> Decision | None:
    """The approval that the contract stands on, where people of the house took it."""
    rows = Decision.objects.filter(application=application, outcome__in=APPROVALS, decided_by__isnull=False)
    return rows.select_related("decided_by", "second_by").defer("evidence").order_by("-id").first()


def _deciders(decision: Decision) -> list[User]:
    return [one for one in (decision.decided_by, decision.second_by) if one is not None]


def write_down_authority(*, decision: Decision, application: Application, business_date: date) -> None:
    """Tell loans, with an approval, up to which exposure it carries."""
    test = ExposureTest(decision.exposure_after, 1, None, bool(decision.authority.get("cut_off")))
    standing = _standing(application, decision, test, (), business_date, NOTHING)
    carry_exposure(application=application, most=standing.most, carried_by=standing.names, business_date=business_date)


@transaction.atomic
def retest_payout_authority(*, loan: Loan, requested_by: User | None, business_date: date) -> Standing | None:
    """Work out anew what is carried, by today's matrix, grade, cover and roles, and put it before those who may carry more if it is too little.

    What was put up before ends when the authority is enough again.
    """
    locks.lock_application(loan.application)
    standing = standing_of(loan, business_date=business_date)
    if standing is None:
        return None
    carry_exposure(application=loan.application, most=standing.most, carried_by=standing.names, business_date=business_date)
    if not standing.beyond:
        four_eyes.void(kind=PROPOSAL, target=loan, reason="The authority of those who approved is enough again.")
    elif four_eyes.open_proposal(kind=PROPOSAL, target=loan) is None:
        why = f": {standing.since}" if standing.since else ""
        four_eyes.propose(
            kind=PROPOSAL,
            target=loan,
            title=f"Exposure of {standing.exposure:,.0f} {loan.currency} before the payout of {loan.reference}{why}",
            roles=DECIDERS,
            actor=requested_by,
            content={"loan": loan.reference, "exposure": f"{standing.exposure:.2f}"},
            path=f"/loans/{loan.public_id}/authority/",
            branch_id=loan.branch_id,
        )
    return standing


@transaction.atomic
def carry_payout_exposure(*, loan: Loan, reason: str, actor: User, business_date: date) -> Standing:
    """Sign that money of a loan may leave at the exposure of today. Once enough people have signed, the payout may be confirmed.

    Raises UnableToCarryExposure: `not_entitled`, `conflict_of_interest`, `own_decision`, `not_needed`, `signed`, `reason_missing`.
    """
    locks.lock_application(loan.application)
    standing = standing_of(loan, business_date=business_date)
    if standing is None or not standing.beyond:
        raise UnableToCarryExposure("not_needed")
    if barred := why_barred(actor, loan.application, standing):
        raise barred
    if not reason.strip():
        raise UnableToCarryExposure("reason_missing", faults=[Fault("reason", "required", "Say why the exposure may be carried.")])
    made = ExposureSignature.objects.create(
        application=loan.application,
        exposure=standing.exposure,
        turned=standing.turned.kind,
        turned_days=standing.turned.depth,
        amended=standing.turned.amended,
        person=actor,
        person_name=actor.full_name,
        by_manager=actor.has_role(Role.RISK_MANAGER),
        reason=reason.strip()[:400],
        signed_date=business_date,
    )
    audit.record("exposure.signed", actor=actor, target=loan, business_date=business_date, exposure=standing.exposure, reason=made.reason)
    after = standing_of(loan, business_date=business_date)
    assert after is not None
    carry_exposure(application=loan.application, most=after.most, carried_by=after.names, business_date=business_date)
    proposal = four_eyes.open_proposal(kind=PROPOSAL, target=loan)
    if proposal is not None and not after.beyond:
        four_eyes.confirm(proposal, actor=actor, reason=made.reason)
    return after


def why_barred(actor: User, application: Application, standing: Standing) -> UnableToCarryExposure | None:
    """Why this person may not sign, or nothing."""
    if not actor.is_active or not actor.has_role(*DECIDERS):
        return UnableToCarryExposure("not_entitled")
    if actor.pk in {one.pk for one in _deciders(standing.decision)}:
        return UnableToCarryExposure("own_decision")
    if done := people_on_file(application).get(actor.pk):
        return UnableToCarryExposure("conflict_of_interest", what=done)
    if actor.pk in {one.person_id for one in standing.signatures}:
        return UnableToCarryExposure("signed")
    return None
