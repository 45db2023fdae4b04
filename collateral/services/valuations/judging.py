"""Judging values: accepted, challenged or rejected by somebody who did not give them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from collateral.domain.counting import FOUND
from collateral.domain.insurance import RISEN
from collateral.domain.orders import counting_value, is_large
from collateral.events import ValuationAccepted
from collateral.models import Asset, Valuation
from collateral.selectors.evidence import missing_evidence
from collateral.selectors.flags import cleared_flags, found_on
from collateral.selectors.interests import interested_in_asset
from collateral.selectors.recorders import recorded_what_it_is_about
from collateral.selectors.value_caps import find_cap
from collateral.selectors.value_settings import blind_from, class_in_calendar, settings_in_force
from collateral.services.confirmed_facts import confirm_facts
from collateral.services.counting import recount, review_loans
from collateral.services.evidence import look_at_values
from collateral.services.flags import end_value_flags
from collateral.services.insured_sums import look_at_sum
from collateral.services.value_caps import cap_value, faults_of_word
from core import audit
from core.errors import Conflict, DomainError, Fault
from core.events import publish
from core.models import User
from core.money import grouped
from core.roles import Role


class UnableToJudgeValuation(DomainError):
    """The valuation cannot be accepted or rejected by this person or now."""

    title = "The valuation was not decided"
    messages = {
        "not_entitled": "Only investigators, approvers and risk managers judge valuations.",
        "own_valuation": "You appraised this asset. Somebody else has to accept the value.",
        "own_registration": "You registered this asset. Somebody else has to judge its value.",
        "own_interest": "You declared an interest in somebody this asset secures a file of. Somebody else has to judge its value.",
        "open_flags": "Red flags are open: {flags}. They have to be decided first.",
        "upheld_flags": "Red flags about this value were upheld: {flags} Reject it and order another valuation.",
        "nothing_to_compare": "The bank has nothing of its own to hold this value against. {why}",
        "found_since": "The asset was {found} on {day}, after the day of this value. Send it back, or reject it and order another one.",
        "ran_out": "This value ran out on {day}. Reject it and order another valuation.",
        "sealed": "Another value of the same order is awaited. Both are judged together.",
        "second_missing": "A value this large, or in a currency without a threshold, takes a second appraiser's word. Order another one.",
        "lower_counts": "Of several values no more than {most} may be accepted.",
        "second_person": "You rejected, sent back or withdrew a lower value of this asset. Somebody else has to decide whether this one counts.",
        "own_evidence": "You recorded what the bank holds this value against. Somebody else has to accept it.",
        "asked_higher": "You sent this value back when it was lower. Somebody else has to decide whether the answer counts.",
        "no_lot": "No lot chose the firm that gave this value: nobody else was eligible, and you ordered it or recorded the firm. "
        "Somebody else has to accept it.",
        "own_clearance": "You cleared a red flag of this asset or value: {flag} Somebody else has to accept the value.",
        "reason_missing": "Write down why; the reason goes into the audit trail.",
    }


def accept_valuation(
    *, valuation: Valuation, actor: User, business_date: date, reason: str = "", no_evidence: str = "", works: str = ""
) -> Valuation:
    """Let a value count. The asset's red flags must be decided; one about this value that was upheld means that it is rejected instead.

    Of several values that wait together the lower of two, or the middle one of three, is the most that may be accepted; the others are kept
    as compared. It is held once more against the bank's own evidence and the facts on file; a red flag that this raises stands although the
    value is refused because of it. Where the bank has no evidence of its own, `no_evidence` says why there can be none. A lower one that
    was sent back counts among them until it is answered or runs out, whatever it was ordered with. Who rejected, sent back or withdrew a
    lower one that would still hold does not accept a higher one, also not as the answer of the same appraiser, nor who ordered a value
    of another firm or recorded it where no lot chose it, nor who cleared a red flag of the asset or the value.
    Raises UnableToJudgeValuation: `not_entitled`, `own_valuation`, `own_registration`, `own_interest`, `nothing_to_compare` with faults,
    `open_flags`, `upheld_flags`, `found_since`, `ran_out`, `sealed`, `second_missing`, `lower_counts`, `second_person`, `asked_higher`,
    `no_lot`, `own_clearance`, `own_evidence`; Conflict when somebody was first.
    """
    _may_judge(valuation, actor)
    look_at_values(valuation.asset, business_date=business_date, alone=valuation)
    return _accept(valuation, actor, business_date, reason, no_evidence, works)


@transaction.atomic
def _accept(valuation: Valuation, actor: User, business_date: date, reason: str, no_evidence: str, works: str) -> Valuation:
    Asset.objects.select_for_update(of=("self",)).get(pk=valuation.asset_id)
    # Its appraiser may have taken it back since the page of it was opened.
    valuation.refresh_from_db()
    if valuation.state != Valuation.State.SUBMITTED:
        raise Conflict("already_advanced", state=valuation.get_state_display())
    flags = list(valuation.asset.flags.filter(state="OPEN").values_list("text", flat=True))
    if flags:
        raise UnableToJudgeValuation("open_flags", flags=" ".join(flags))
    if (cleared := cleared_flags(actor, valuation.asset, valuation).first()) is not None:
        raise UnableToJudgeValuation("own_clearance", flag=cleared.text)
    if recorded_what_it_is_about(valuation.asset_id, "above_evidence", actor):
        raise UnableToJudgeValuation("own_evidence")
    _refuse_upheld(valuation)
    _refuse_found_since(valuation)
    if why := missing_evidence(valuation.asset, business_date=business_date):
        if no_evidence not in Valuation.UNPROVED.get(class_in_calendar(valuation.asset), ()):
            words = "Record what is missing under what the evidence says, or choose why nothing can be compared with it."
            raise UnableToJudgeValuation("nothing_to_compare", faults=[Fault("no_evidence", "required", words)], why=why)
        Valuation.objects.filter(pk=valuation.pk).update(no_evidence=no_evidence)
    if valuation.expires_date is not None and valuation.expires_date <= business_date:
        raise UnableToJudgeValuation("ran_out", day=f"{valuation.expires_date:%d %b %Y}")
    beside = list(valuation.together().filter(state=Valuation.State.SUBMITTED).select_related("appraiser"))
    values = [one.market_value for one in beside if one.market_value is not None]
    if valuation.awaited().exists():
        raise UnableToJudgeValuation("sealed")
    if valuation.ordered_blind and len(values) < 2 and _takes_two(valuation):
        raise UnableToJudgeValuation("second_missing")
    values += [one.market_value for one in valuation.lower_sent_back(business_date) if one.market_value is not None]
    if len(values) > 1 and valuation.market_value is not None and valuation.market_value > (most := counting_value(values)):
        raise UnableToJudgeValuation("lower_counts", most=f"{grouped(most, valuation.currency)} {valuation.currency}")
    lower = Valuation.objects.filter(asset=valuation.asset, state__in=Valuation.TURNED_DOWN, expires_date__gt=business_date)
    if lower.filter(Q(decided_by=actor) | Q(sent_back_by=actor), market_value__lt=valuation.market_value).exists():
        raise UnableToJudgeValuation("second_person")
    if any(one["by"] == actor.pk and Decimal(one["value"]) < valuation.market_value for one in valuation.earlier_answers):
        raise UnableToJudgeValuation("asked_higher")
    if valuation.third_party and valuation.drawn_alone and actor.pk in _who_chose(valuation):
        raise UnableToJudgeValuation("no_lot")
    cap = find_cap(valuation)
    if faults := faults_of_word(valuation, cap, works, reason):
        raise UnableToJudgeValuation("invalid", faults=faults)
    _judge(valuation, Valuation.State.ACCEPTED, actor, reason)
    for other in beside:
        if other.pk != valuation.pk:
            _judge(other, Valuation.State.COMPARED, actor, "Another value of the same asset was accepted.")
    Valuation.objects.filter(asset=valuation.asset, state=Valuation.State.ACCEPTED).exclude(pk=valuation.pk).update(
        state=Valuation.State.EXPIRED
    )
    cap_value(valuation, cap, business_date=business_date, word=works, reason=reason, actor=actor)
    publish(ValuationAccepted(valuation_id=str(valuation.pk), asset_id=str(valuation.asset_id)))
    confirm_facts(valuation.asset, actor=actor, business_date=business_date)
    look_at_sum(valuation.asset, business_date=business_date, risen=RISEN)
    # What was found counts in the new value, and in the facts as far as they say so too.
    recount(valuation.asset, business_date=business_date)
    review_loans(valuation.asset, business_date=business_date)
    return valuation


@transaction.atomic
def reject_valuation(*, valuation: Valuation, reason: str, actor: User, business_date: date) -> Valuation:
    """Refuse a value, with a reason; another valuation can then be ordered. Red flags about it that are open end with it.

    Raises UnableToJudgeValuation: `not_entitled`, `own_valuation`, `own_registration`, `own_interest`, `reason_missing`; Conflict when
    somebody was first.
    """
    rejected = _send_back(valuation, Valuation.State.REJECTED, actor, reason)
    end_value_flags(valuation=rejected, reason="The value was rejected.", actor=actor, business_date=business_date)
    return rejected


@transaction.atomic
def challenge_valuation(*, valuation: Valuation, reason: str, actor: User, business_date: date) -> Valuation:
    """Send a value back to its appraiser with a question, who has as long for the answer as for a value.

    Raises UnableToJudgeValuation: `not_entitled`, `own_valuation`, `own_registration`, `own_interest`, `upheld_flags`, `reason_missing`;
    Conflict when somebody was first.
    """
    # The asset first, as everybody does: what it says cannot change between being read and being kept.
    Asset.objects.select_for_update(of=("self",)).get(pk=valuation.asset_id)
    valuation.refresh_from_db()
    said = {"value": str(valuation.market_value), "by": actor.pk, "day": business_date.isoformat()}
    Valuation.objects.filter(pk=valuation.pk, state=Valuation.State.SUBMITTED).update(
        due_date=business_date + timedelta(days=settings_in_force().order_days),
        reminders=0,
        reminded_date=None,
        sent_back_by=actor,
        earlier_answers=[*valuation.earlier_answers, said],
    )
    return _send_back(valuation, Valuation.State.CHALLENGED, actor, reason)


def _send_back(valuation: Valuation, state: Valuation.State, actor: User, reason: str) -> Valuation:
    """Judge a value so that it does not count, which takes a reason."""
    _may_judge(valuation, actor)
    if not reason.strip():
        raise UnableToJudgeValuation("reason_missing")
    if state == Valuation.State.CHALLENGED:
        _refuse_upheld(valuation)
    _judge(valuation, state, actor, reason)
    return valuation


def _may_judge(valuation: Valuation, actor: User) -> None:
    if not actor.has_role(Role.INVESTIGATOR, Role.APPROVER, Role.RISK_MANAGER):
        raise UnableToJudgeValuation("not_entitled")
    if valuation.appraiser_id == actor.pk or valuation.together().filter(appraiser=actor).exists():
        raise UnableToJudgeValuation("own_valuation")
    if valuation.asset.registered_by_id == actor.pk:
        raise UnableToJudgeValuation("own_registration")
    if actor.pk in interested_in_asset(valuation.asset):
        raise UnableToJudgeValuation("own_interest")
    if valuation.sealed and valuation.awaited().exists():
        raise UnableToJudgeValuation("sealed")


def _who_chose(valuation: Valuation) -> set[int | None]:
    """Who had a say in the firm that an order fell on without a lot: who gave it, and who recorded the firm."""
    firm = getattr(valuation.appraiser, "outside_appraiser", None)
    return {valuation.ordered_by_id, firm.recorded_by_id if firm is not None else None}


def _takes_two(valuation: Valuation) -> bool:
    """Whether one word is not enough. Without a threshold it never is for what is ordered: two were asked. Where one alone ever was, the
    threshold went or the rule came since, and that order is judged as it was given.
    """
    threshold = blind_from(valuation.currency)
    if threshold is None:
        return valuation.together().count() > 1
    return is_large(threshold, valuation.market_value, valuation.asset.stated_value)


def _refuse_upheld(valuation: Valuation) -> None:
    """A value that was found wrong neither counts nor is asked about again."""
    if texts := list(valuation.flags.filter(state="UPHELD").values_list("text", flat=True)):
        raise UnableToJudgeValuation("upheld_flags", flags=" ".join(texts))


def _refuse_found_since(valuation: Valuation) -> None:
    """A value from before the asset was found idle or damaged is not of what it is now."""
    codes = found_on(valuation.asset)
    found = valuation.asset.flags.filter(code__in=codes, state="UPHELD", raised_date__gt=valuation.valued_date) if codes else ()
    for flag in found:
        raise UnableToJudgeValuation("found_since", found=FOUND[flag.code][1], day=f"{flag.raised_date:%d %b %Y}")


def _judge(valuation: Valuation, state: Valuation.State, actor: User, reason: str) -> None:
    changed = Valuation.objects.filter(pk=valuation.pk, state=Valuation.State.SUBMITTED).update(
        state=state, decided_by=actor, decided_at=timezone.now(), decision_reason=reason.strip()
    )
    valuation.refresh_from_db()
    if changed != 1:
        raise Conflict("already_advanced", state=valuation.get_state_display())
    audit.record(
        f"valuation.{state.value.lower()}",
        actor=actor,
        target=valuation,
        branch=valuation.asset.branch_id,
        label=valuation.asset.reference,
        reason=reason,
    )
