"""Raising and deciding red flags. A flag blocks perfection, and so payout, until another person has decided it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from collateral.domain.counting import FOUND, MISSING, VOID
from collateral.domain.modifications import ABOVE_COST
from collateral.domain.orders import APART
from collateral.domain.red_flags import Finding, told_anew
from collateral.events import RedFlagRaised
from collateral.models import Asset, AssetOwner, Pledge, RedFlag, Valuation
from collateral.selectors.flags import people_on_asset, vouched_for
from collateral.selectors.owners import owners_on
from collateral.selectors.recorders import recorded_what_it_is_about
from collateral.services.confirmed_facts import LEFT_GROUP, WAITING, confirm_facts
from collateral.services.counting import recount
from collateral.services.found_values import follow_finding
from collateral.services.payout_holds import settle_payout_holds
from core import audit
from core.errors import Conflict, DomainError
from core.events import publish
from core.models import User
from core.roles import Role
from loans.models import Application

# Debtors of the borrower's own group; LEFT_GROUP says that they are so no more.
CONNECTED = "connected_debtor"
DECIDERS = (Role.RISK_MANAGER, Role.APPROVER)


class UnableToDecideFlag(DomainError):
    """The red flag cannot be decided by this person or now."""

    title = "The red flag was not decided"
    messages = {
        "not_entitled": "Only risk managers and approvers decide red flags.",
        "own_order": "You ordered this value. Somebody else has to decide whether its works add more than they cost.",
        "own_record": "You recorded what this red flag is about. Somebody else has to decide whether it counts.",
        "own_work": "You registered, appraised or inspected this asset. Somebody else has to decide its red flags.",
        "own_word": "You accepted the value of this asset or perfected its pledge. Somebody else has to decide its red flags.",
        "reason_missing": "Write down why; the reason goes into the audit trail.",
        "own_decision": "You upheld this red flag. Somebody else has to say that its ground is gone.",
        "about_value": "This red flag is about a value. It ends when an appraiser's other value is accepted.",
    }


class FlagChanged(Conflict):
    """What a red flag says changed after the page was opened on which it was decided."""

    title = "The red flag was not decided"
    messages = {"changed_since": "What this red flag says changed after you opened the page. It now says: {text} Decide it again on that."}


def raise_findings(*, asset: Asset, findings: Iterable[Finding], business_date: date, valuation: Valuation | None = None) -> list[RedFlag]:
    """Open a red flag for each finding that is not open already: about the asset, or about this `valuation` of it. One that is open says
    from now on what was found now. Returns those opened.
    """
    raised = []
    open_flags = {flag.code: flag for flag in RedFlag.objects.filter(asset=asset, valuation=valuation, state=RedFlag.State.OPEN)}
    for finding in findings:
        if (known := open_flags.get(finding.code)) is not None and _tell_anew(known, finding, business_date):
            continue
        flag = RedFlag.objects.create(
            asset=asset,
            valuation=valuation,
            code=finding.code,
            text=finding.text[:240],
            evidence=finding.evidence,
            raised_date=business_date,
        )
        audit.record(
            "red_flag.raised", actor=None, actor_name="rule", target=flag, branch=asset.branch_id, label=asset.reference, code=finding.code
        )
        publish(RedFlagRaised(flag_id=str(flag.pk), asset_id=str(asset.pk)))
        open_flags[finding.code] = flag
        raised.append(flag)
    if raised:
        settle_payout_holds(asset, business_date=business_date)
    return raised


def _tell_anew(flag: RedFlag, finding: Finding, business_date: date) -> bool:
    """Let an open red flag say what was found now; what it said before stays in the audit trail. False when it was decided meanwhile."""
    if told_anew(finding, flag.text, flag.evidence)[1] == flag.evidence:
        return True
    held = RedFlag.objects.select_for_update(of=("self",)).filter(pk=flag.pk, state=RedFlag.State.OPEN).first()
    if held is None:
        return False
    before = {"text": held.text, "evidence": held.evidence}
    text, held.evidence = told_anew(finding, held.text, held.evidence)
    held.text = text[:240]
    held.revision += 1
    held.save(update_fields=["text", "evidence", "revision"])
    audit.record(
        "red_flag.changed", actor=None, actor_name="rule", target=held, branch=flag.asset.branch_id, label=flag.asset.reference,
        business_date=business_date, code=held.code, before=before, text=held.text, evidence=held.evidence,
    )  # fmt: skip
    flag.text, flag.evidence, flag.revision = held.text, held.evidence, held.revision
    return True


def flag_other_address(
    *, application: Application, seen_date: date, business_date: date, seen_by: str = "a visit saw", asset: Asset | None = None
) -> None:
    """Flag what is pledged for an application whose address on file is not the one a visit saw, or another source by the words of
    `seen_by`; and what its applicant owns that others pledged. With an `asset` that one alone. To be called within a transaction.
    """
    standing = Pledge.objects.exclude(state__in=Pledge.GIVEN_BACK)
    borrowed = set(standing.filter(application=application).values_list("asset", flat=True))
    owned = set(AssetOwner.objects.filter(person=application.borrower_id, asset__pledges__in=standing).values_list("asset", flat=True))
    concerned = {asset.pk} if asset else borrowed | owned
    for one in Asset.objects.filter(pk__in=concerned).order_by("pk"):
        if one.pk in borrowed:
            who = "who borrows"
        elif any(row.owner.person_id == application.borrower_id for row in owners_on(one, business_date)):
            who = "who owns it"
        else:
            continue
        text = f"The address on file of {who} is not the one that {seen_by}."
        found = Finding("address_differs", text, {"file": application.reference, "seen": seen_date.isoformat()})
        raise_findings(asset=one, findings=[found], business_date=business_date)


def settle_flags(*, asset: Asset, code: str, reason: str, actor: User | None, business_date: date) -> None:
    """Clear what is open of a code because its ground is gone by a fact that `actor` put on file. To be called within a transaction."""
    for flag in asset.flags.filter(code=code, state=RedFlag.State.OPEN):
        flag.state, flag.decided_by, flag.decided_at, flag.reason = RedFlag.State.CLEARED, actor, timezone.now(), reason
        flag.by_fact = True
        flag.save(update_fields=["state", "decided_by", "decided_at", "reason", "by_fact"])
        _settled(flag, reason, actor, business_date)


def end_flags(*, asset: Asset, code: str, reason: str, actor: User, business_date: date) -> None:
    """End what stands of a code about the asset itself because what it rests on was recorded by mistake; what was said of it stays beside
    it. To be called within a transaction, and `settle_payout_holds` after it."""
    for flag in asset.flags.filter(code=code, valuation=None, state=RedFlag.State.OPEN):
        flag.state, flag.decided_by, flag.decided_at, flag.reason = RedFlag.State.ENDED, actor, timezone.now(), reason
        flag.save(update_fields=["state", "decided_by", "decided_at", "reason"])
        _record(flag, reason, actor, business_date)
    _end_upheld(asset, code, reason, actor, business_date)


def end_value_flags(*, valuation: Valuation, reason: str, actor: User | None, business_date: date) -> None:
    """End what is open about a value that counts no more; nobody has said that it was wrong, and the appraiser's record keeps it. What says
    how far it is from the others of its order ends with it. To be called within a transaction."""
    about = Q(valuation=valuation) | Q(valuation__in=valuation.together(), code=APART)
    ended = list(RedFlag.objects.filter(about, state=RedFlag.State.OPEN).select_related("asset"))
    for flag in ended:
        flag.state, flag.decided_by, flag.decided_at, flag.reason = RedFlag.State.ENDED, actor, timezone.now(), reason
        flag.save(update_fields=["state", "decided_by", "decided_at", "reason"])
        _record(flag, reason, actor, business_date)
    if ended:
        settle_payout_holds(valuation.asset, business_date=business_date)


@transaction.atomic
def decide_flag(*, flag: RedFlag, uphold: bool, reason: str, actor: User, business_date: date, seen: int | None = None) -> RedFlag:
    """Clear or uphold a red flag, with a reason. Never by who registered, appraised or inspected the asset. What is not there, or not whose
    or which it was said to be, counts nothing; of what was found idle or damaged the value in force ends, and so does one that is wrong
    itself. `seen` is the revision of it that was read, without it that of `flag`.

    Raises UnableToDecideFlag: `not_entitled`, `own_work`, `own_word`, `own_record`, `own_order`, `reason_missing`; Conflict when somebody
    was first, FlagChanged when it says something else now.
    """
    _may_decide(flag, actor, reason)
    # Facts are recorded under the same lock, and may change what it says.
    Asset.objects.select_for_update(of=("self",)).get(pk=flag.asset_id)
    state = RedFlag.State.UPHELD if uphold else RedFlag.State.CLEARED
    read = flag.revision if seen is None else seen
    changed = RedFlag.objects.filter(pk=flag.pk, state=RedFlag.State.OPEN, revision=read).update(
        state=state, decided_by=actor, decided_at=timezone.now(), reason=reason.strip()
    )
    flag.refresh_from_db()
    if changed != 1:
        if flag.state == RedFlag.State.OPEN:
            raise FlagChanged("changed_since", text=flag.text)
        raise Conflict("already_advanced", state=flag.get_state_display())
    _settled(flag, reason, actor, business_date)
    return flag


@transaction.atomic
def lift_flag(*, flag: RedFlag, reason: str, actor: User, business_date: date) -> RedFlag:
    """End an upheld red flag about the asset itself because its ground is gone, with a reason. Never by who upheld it, nor by who worked on
    the asset.

    Raises UnableToDecideFlag: `not_entitled`, `own_work`, `own_word`, `own_record`, `reason_missing`, `own_decision`,
    `about_value`; Conflict when it is not upheld.
    """
    _may_decide(flag, actor, reason)
    if flag.decided_by_id == actor.pk:
        raise UnableToDecideFlag("own_decision")
    if flag.valuation_id is not None:
        raise UnableToDecideFlag("about_value")
    Asset.objects.select_for_update(of=("self",)).get(pk=flag.asset_id)
    changed = RedFlag.objects.filter(pk=flag.pk, state=RedFlag.State.UPHELD).update(
        state=RedFlag.State.LIFTED, lifted_by=actor, lifted_at=timezone.now(), lifted_reason=reason.strip()
    )
    flag.refresh_from_db()
    if changed != 1:
        raise Conflict("already_advanced", state=flag.get_state_display())
    _settled(flag, reason, actor, business_date)
    return flag


def _settled(flag: RedFlag, reason: str, actor: User | None, business_date: date) -> None:
    """What follows whenever somebody has said what a flag is:
    it is on record, what is not there or not theirs is counted anew, and files are held or let go.
    """
    _record(flag, reason, actor, business_date)
    if flag.code == MISSING or flag.code in VOID:
        recount(flag.asset, business_date=business_date)
    elif flag.code in WAITING and flag.state != RedFlag.State.UPHELD:
        confirm_facts(flag.asset, actor=actor, business_date=business_date)
        if flag.code == LEFT_GROUP and not flag.by_fact:
            _end_connected(flag.asset, actor, business_date)
    elif (flag.code in FOUND and flag.state != RedFlag.State.CLEARED) or (flag.valuation_id and flag.state == RedFlag.State.UPHELD):
        follow_finding(flag, business_date=business_date)
    settle_payout_holds(flag.asset, business_date=business_date)


def _end_connected(asset: Asset, actor: User | None, business_date: date) -> None:
    """End what says that debtors are of the borrower's group, open or upheld, once a second person confirmed that none is any more. Who
    upheld it was right in their day: their word stays beside it.
    """
    if asset.receivables.filter(connected=True, settled_date=None).exists():
        return
    gone = "Its debtors left the group, as a second person confirmed."
    settle_flags(asset=asset, code=CONNECTED, reason=gone, actor=actor, business_date=business_date)
    _end_upheld(asset, CONNECTED, gone, actor, business_date)


def _end_upheld(asset: Asset, code: str, reason: str, actor: User | None, business_date: date) -> None:
    for flag in asset.flags.filter(code=code, valuation=None, state=RedFlag.State.UPHELD):
        flag.state, flag.lifted_by, flag.lifted_at, flag.lifted_reason = RedFlag.State.ENDED, actor, timezone.now(), reason
        flag.save(update_fields=["state", "lifted_by", "lifted_at", "lifted_reason"])
        _record(flag, reason, actor, business_date)


def _record(flag: RedFlag, reason: str, actor: User | None, business_date: date) -> None:
    audit.record(
        f"red_flag.{flag.state.lower()}",
        actor=actor,
        target=flag,
        branch=flag.asset.branch_id,
        label=flag.asset.reference,
        business_date=business_date,
        code=flag.code,
        reason=reason,
    )


def _may_decide(flag: RedFlag, actor: User, reason: str) -> None:
    if not actor.has_role(*DECIDERS):
        raise UnableToDecideFlag("not_entitled")
    if actor.pk in people_on_asset(flag.asset):
        raise UnableToDecideFlag("own_work")
    if actor.pk in vouched_for(flag.asset):
        raise UnableToDecideFlag("own_word")
    if recorded_what_it_is_about(flag.asset_id, flag.code, actor):
        raise UnableToDecideFlag("own_record")
    if flag.code == ABOVE_COST and flag.valuation is not None and flag.valuation.together().filter(ordered_by=actor).exists():
        raise UnableToDecideFlag("own_order")
    if not reason.strip():
        raise UnableToDecideFlag("reason_missing")
