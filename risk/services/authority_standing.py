"""How far those who approved a file carry the exposure to its group as it has become: worked out by the matrix, grade, cover and roles of
the moment, with whoever signed for more since.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from collateral.selectors.coverage import coverage_of
from core.models import User
from core.roles import Role
from loans.models import Application, Borrower, Loan
from loans.selectors.interests import interests_in
from loans.services.exposures import ExposureTest, carry_exposure, exposure_test
from risk.domain.authority import BY_COMMITTEE, COMMITTEE, AuthorityRow, CommitteeRules, carried_up_to, required_authority
from risk.domain.authority_ground import AGAINST, BEYOND_APPETITE, floor_of
from risk.domain.committee import Ballot, Result, result_of
from risk.domain.states import APPROVALS, Recommended
from risk.models import CommitteeVote, Decision, ExposureSignature
from risk.selectors.conflicts import people_on_file
from risk.selectors.files import latest_evaluation
from risk.selectors.limits import authority_in_force
from risk.selectors.terms import DECIDERS
from risk.services.turned import NOTHING, Turn, turned_by_amendments, what_turned


@dataclass(frozen=True)
class Standing:
    """The exposure to a group against the authority behind one of its applications. Amounts in the bank's currency.

    `most` is what decision and signatures carry by today's matrix, grade and cover, None for any; of the committee what it voted on.
    `needed` is the least row that allows the exposure, always the committee for a group that is `cut_off` from being counted to its end,
    and never less than what the decision took for going against the system or beyond the appetite, nor than what going against the system
    takes now that a record was amended; `rules` are those of the committee. `turned`: what happened since, so that whoever decided answers
    for nothing any more; `silent`: those who approved or signed and answer for nothing by now, with why, in words. `signatures` are those
    that count.
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
    """How it stands with the money of a loan today; None where nobody of the house decided. A constant number of queries."""
    decision = decision_behind(loan.application)
    if decision is None:
        return None
    turned = what_turned(loan, decided_at=decision.decided_at, business_date=business_date)
    return _signed_standing(loan.application, loan.borrower, decision, turned, business_date)


def standing_before_contract(application: Application, *, business_date: date) -> Standing | None:
    """The same of what was granted and has no contract yet, where only an amended record turns anything. A constant number of queries."""
    decision = decision_behind(application)
    if decision is None or application.borrower is None:
        return None
    turned = turned_by_amendments(application, decided_at=decision.decided_at)
    return _signed_standing(application, application.borrower, decision, turned, business_date)


def _signed_standing(application: Application, borrower: Borrower, decision: Decision, turned: Turn, business_date: date) -> Standing:
    test = exposure_test(application, borrower)
    signed = ExposureSignature.objects.filter(application=application, exposure__gte=test.exposure).select_related("person")
    # Who signed before something turned did not sign for that.
    known = [one for one in signed if turned.was_known_to({name: getattr(one, name) for name in turned.kept})]
    return _standing(application, decision, test, _one_of_each(known), business_date, turned)


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
    grade = decided_grade(decision, application)
    votes = [] if turned.happened else _votes_behind(decision)
    deciders = [] if turned.happened or votes else deciders_of(decision)
    # Who worked on the file, whenever that was, has no vote in it, decides nothing and signs for nothing.
    answering = [*(one.member for one in votes), *deciders, *(one.person for one in signed)]
    on_file = people_on_file(application) if answering else {}
    barred = {one.pk: f"{one.full_name} {on_file[one.pk]}" for one in answering if one.pk in on_file}
    silent = barred | _silent(application, [*(one.member for one in votes if one.in_favour), *deciders, *(one.person for one in signed)])

    floor = _floor(decision, application, turned)

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


def _floor(decision: Decision, application: Application, turned: Turn) -> AuthorityRow | None:
    """The least that carries it whatever the matrix says: that of the decision,
    and two people for what the system declines as the record reads now.
    """
    floor = floor_of(decision.authority)
    if floor is not None or not turned.amended:
        return floor
    evaluation = latest_evaluation(application)
    return AGAINST if evaluation is not None and evaluation.outcome == Recommended.DECLINE else None


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
    """Of those who answered for the file, by id, who answers no more and why:
    they left, decide no more, or have an interest in it by now.
    """
    interested = set(interests_in(application.pk).values_list("staff_id", flat=True))
    found = {}
    for one in people:
        if one.pk in interested:
            found[one.pk] = f"{one.full_name} declared an interest in a party of the file"
        elif not one.is_active or not one.has_role(*DECIDERS):
            found[one.pk] = f"{one.full_name} ceased to decide"
    return found


def decided_grade(decision: Decision, application: Application) -> str:
    """The grade that the authority is of: that of the terms decided where it is worse than the one of what was asked for."""
    decided: str = decision.authority.get("ground", {}).get("grade", "")
    return max(application.grade, decided)


def decision_behind(application: Application) -> Decision | None:
    """The approval that the contract stands on, where people of the house took it."""
    rows = Decision.objects.filter(application=application, outcome__in=APPROVALS, decided_by__isnull=False)
    return rows.select_related("decided_by", "second_by").defer("evidence").order_by("-id").first()


def deciders_of(decision: Decision) -> list[User]:
    """Who took it, the first and the second person."""
    return [one for one in (decision.decided_by, decision.second_by) if one is not None]


def who_decided(decision: Decision) -> list[User]:
    """Everybody whose word the decision is: the first and second person, and the committee that voted, each once."""
    people = [*deciders_of(decision), *(vote.member for vote in _votes_behind(decision))]
    return list({one.pk: one for one in people}.values())


def write_down_authority(*, decision: Decision, application: Application, business_date: date) -> None:
    """Tell loans, with an approval, up to which exposure it carries."""
    test = ExposureTest(decision.exposure_after, 1, None, bool(decision.authority.get("cut_off")))
    standing = _standing(application, decision, test, (), business_date, NOTHING)
    carry_exposure(application=application, most=standing.most, carried_by=standing.names, business_date=business_date)
