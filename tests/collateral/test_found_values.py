"""What an inspector found idle or damaged is no longer what was valued:
once upheld, the value ends and counts for less until another does.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from collateral.domain.revaluation import DEFAULTS, as_document
from collateral.models import Asset, Covenant, Cover, MarginCall, Valuation
from collateral.selectors.coverage import coverage_of
from collateral.selectors.lapsed import available_with_lapsed
from collateral.services.counting import refresh_counted
from collateral.services.facts import record_facts
from collateral.services.flags import decide_flag, lift_flag
from collateral.services.inspections import record_inspection
from collateral.services.margin_calls import watch_covers
from collateral.services.sweep import mark_revaluations_due
from collateral.services.valuations import UnableToJudgeValuation, accept_valuation, submit_valuation
from collateral.services.value_settings import decide_value_settings, propose_value_settings
from core.events import deliver_pending
from core.models import Branch, OutboxEvent, User
from core.roles import Role
from loans.models import ProductVersion
from monitoring.models import Alert
from tests.collateral.books import EVERY, Book
from tests.collateral.conftest import SignIn, hire
from tests.collateral.inspecting import application_of, give, machine, sent
from tests.collateral.test_asset_facts import GOOD
from tests.shared_rows import shared


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT, settings.CREDENCE_REQUIRE_STEP_UP = tmp_path, False


@shared
def book(branch: Branch, product: ProductVersion, today: date) -> Book:
    return Book(branch, product, today)


@shared
def press(book: Book, officer: User) -> Asset:
    """A press worth 50,000 behind 30,000: 27,500 of it lends."""
    asset = machine(book, registered_by=officer)
    Covenant.objects.create(application=application_of(asset), min_coverage=Decimal("0.9"), agreed_date=book.today)
    book.sweep()
    return asset


def find(press: Asset, inspector: User, day: date, **seen: Any) -> None:
    written = sent(give(press, inspector, day), **seen)
    record_inspection(**written | {"actor": inspector, "business_date": day})


def decide(press: Asset, code: str, actor: User, day: date, *, uphold: bool = True) -> None:
    decide_flag(flag=press.flags.get(code=code), uphold=uphold, reason="Asked there", actor=actor, business_date=day)


def figures(press: Asset, day: date) -> tuple[Decimal, Decimal, Decimal | None]:
    """What is available by the night's figures and by the application's, and the loan-to-value."""
    cover = Cover.objects.get()
    coverage = coverage_of(application_of(press), business_date=day)
    assert coverage.ltv is None or cover.ltv == 30_000 / coverage.market_value
    return cover.available, coverage.available, cover.ltv


@pytest.mark.parametrize(
    ("seen", "code", "available"),
    [({"condition": "DAMAGED"}, "damaged", 16_500), ({"use": "IDLE"}, "idle", 19_250)],
)
def test_an_upheld_finding_takes_its_haircut_off_cover_and_ltv_until_lifted(
    press: Asset, appraisers: list[User], risk_manager: User, approver: User, today: date, seen: Any, code: str, available: int
) -> None:
    find(press, appraisers[0], today, **seen)
    assert figures(press, today) == (27_500, 27_500, Decimal("0.6")), "open it changes nothing: a second person decides"
    decide(press, code, risk_manager, today)
    now, by_file, ltv = figures(press, today)
    assert (now, by_file) == (available, available) and ltv is not None and ltv > Decimal("0.8")
    value = press.valuations.get(state="ACCEPTED")
    assert (value.ended_date, value.ended_by) == (today, [code])
    lift_flag(flag=press.flags.get(code=code), reason="Repaired, seen", actor=approver, business_date=today)
    assert figures(press, today) == (27_500, 27_500, Decimal("0.6"))
    assert press.valuations.get(state="ACCEPTED").ended_date is None


def test_a_cleared_finding_changes_nothing(press: Asset, appraisers: list[User], risk_manager: User, today: date) -> None:
    find(press, appraisers[0], today, condition="DAMAGED")
    decide(press, "damaged", risk_manager, today, uphold=False)
    assert figures(press, today)[0] == 27_500 and not OutboxEvent.objects.filter(name="ValueEnded").exists()


def test_one_that_was_lifted_leaves_what_the_other_takes(
    press: Asset, appraisers: list[User], risk_manager: User, approver: User, today: date
) -> None:
    find(press, appraisers[0], today, condition="DAMAGED", use="IDLE")
    for code in ("damaged", "idle"):
        decide(press, code, risk_manager, today)
    assert figures(press, today)[0] == 27_500 * Decimal("0.3")
    lift_flag(flag=press.flags.get(code="damaged"), reason="Repaired", actor=approver, business_date=today)
    assert figures(press, today)[0] == 19_250


def test_asks_for_another_value_and_tells_who_watches_the_loan(
    press: Asset, appraisers: list[User], risk_manager: User, today: date
) -> None:
    find(press, appraisers[0], today, condition="DAMAGED")
    decide(press, "damaged", risk_manager, today)
    while deliver_pending():
        pass
    ordered = press.valuations.get(state="ORDERED")
    assert (ordered.appraiser, ordered.order_reason) == (appraisers[1], "Found damaged, upheld"), "never who inspected it"
    assert "upheld not to be as it was valued" in Alert.objects.get(kind=Alert.Kind.REVALUATION_DUE).title


def test_a_new_value_counts_in_full_and_an_older_one_is_not_accepted(
    book: Book, press: Asset, appraisers: list[User], risk_manager: User, approver: User, today: date
) -> None:
    order = Valuation.objects.create(asset=press, appraiser=appraisers[1], ordered_date=today, currency="EUR")

    def say(value: int, day: date) -> Valuation:
        return submit_valuation(
            valuation=order, market_value=Decimal(value), method="COMPARISON",
            comparables=[("Press in Graz", Decimal(value)), ("Press in Brno", Decimal(value))], independence_declared=True, remarks="",
            valued_date=day, actor=appraisers[1], business_date=today,
        )  # fmt: skip

    say(50_000, today - timedelta(days=1))
    find(press, appraisers[0], today, condition="DAMAGED")
    decide(press, "damaged", risk_manager, today)
    order.refresh_from_db()
    with pytest.raises(UnableToJudgeValuation, match="found damaged"):
        accept_valuation(valuation=order, actor=approver, business_date=today, no_evidence="ONE_OF_KIND")
    Valuation.objects.filter(pk=order.pk).update(state="ORDERED")
    accept_valuation(valuation=say(36_000, today), actor=approver, business_date=today, no_evidence="ONE_OF_KIND")
    book.sweep()
    assert figures(press, today)[:2] == (19_800, 19_800)


def test_the_night_calls_for_the_shortfall_and_follows_other_haircuts(
    book: Book, press: Asset, appraisers: list[User], risk_manager: User, branch: Branch, today: date
) -> None:
    find(press, appraisers[0], today, condition="DAMAGED")
    decide(press, "damaged", risk_manager, today)
    watch_covers(business_date=today, **EVERY)
    assert MarginCall.objects.get().called == 30_000 * Decimal("0.9") - 16_500
    document = as_document(DEFAULTS)
    document["quality"]["FOUND_DAMAGED"] = "0.80"
    proposed = propose_value_settings(document=document, reason="Fire losses", actor=risk_manager)
    decide_value_settings(proposed=proposed, confirm=True, reason="", actor=hire("second_risk", Role.RISK_MANAGER, branch=branch))
    assert refresh_counted(business_date=today, **EVERY) == 1 and refresh_counted(business_date=today, **EVERY) == 0
    book.sweep()
    assert Cover.objects.get().available == 5_500


def test_the_night_reminds_each_month_until_a_value_is_on_its_way(
    press: Asset, appraisers: list[User], risk_manager: User, today: date
) -> None:
    find(press, appraisers[0], today, condition="DAMAGED")
    decide(press, "damaged", risk_manager, today)
    for days, told in ((0, 0), (29, 0), (30, 1), (60, 1)):
        assert mark_revaluations_due(business_date=today + timedelta(days=days), **EVERY) == told
    Valuation.objects.create(asset=press, ordered_date=today, currency="EUR")
    assert mark_revaluations_due(business_date=today + timedelta(days=90), **EVERY) == 0


def test_idle_by_facts_and_by_eye_comes_off_once(press: Asset, appraisers: list[User], risk_manager: User, today: date) -> None:
    record_facts(asset=press, facts={**GOOD["MACHINERY"], "condition": "IDLE"}, actor=None, business_date=today)
    decide(press, "idle", risk_manager, today)
    press.refresh_from_db()
    assert press.counted_share == 1 and figures(press, today)[0] == 19_250


@pytest.mark.parametrize("code", ["damaged", "idle"])
@pytest.mark.parametrize("first", ["ran out", "found"])
def test_what_ran_out_too_takes_the_haircut_as_long_as_it_counts(
    book: Book, press: Asset, appraisers: list[User], risk_manager: User, approver: User, today: date, first: str, code: str
) -> None:
    seen = {"condition": "DAMAGED"} if code == "damaged" else {"use": "IDLE"}
    find(press, appraisers[0], today, **seen)
    in_grace = {"damaged": 16_500, "idle": 19_250}[code]
    loan = Cover.objects.get().loan_id

    def counted() -> Decimal:
        """What a call counts, and what a release and a sale do."""
        found = available_with_lapsed([loan], business_date=today)[loan]
        assert coverage_of(application_of(press), business_date=today, lapsed=True).available == found
        return found

    if first == "found":
        decide(press, code, risk_manager, today)
    press.valuations.update(state="EXPIRED", expires_date=today - timedelta(days=1))
    if first == "ran out":
        assert counted() == 27_500
        decide(press, code, risk_manager, today)
    assert counted() == in_grace
    book.sweep()
    assert Cover.objects.get().available == 0, "outside of calls it counts for nothing"
    book.settle(quality=dict(as_document(DEFAULTS)["quality"]) | {"FOUND_DAMAGED": "0.80", "FOUND_IDLE": "0.80"})
    assert refresh_counted(business_date=today, **EVERY) == 1 and counted() == 5_500
    lift_flag(flag=press.flags.get(code=code), reason="Repaired, seen", actor=approver, business_date=today)
    assert counted() == 27_500


def test_idle_by_facts_and_by_eye_comes_off_once_of_what_ran_out(
    press: Asset, appraisers: list[User], risk_manager: User, today: date
) -> None:
    press.valuations.update(state="EXPIRED", expires_date=today - timedelta(days=1))
    record_facts(asset=press, facts={**GOOD["MACHINERY"], "condition": "IDLE"}, actor=None, business_date=today)
    decide(press, "idle", risk_manager, today)
    loan = Cover.objects.get().loan_id
    assert available_with_lapsed([loan], business_date=today) == {loan: 19_250}
    assert refresh_counted(business_date=today, **EVERY) == 0


def test_says_so_on_its_page(press: Asset, appraisers: list[User], risk_manager: User, sign_in: SignIn, today: date) -> None:
    find(press, appraisers[0], today, condition="DAMAGED")
    decide(press, "damaged", risk_manager, today)
    page = sign_in(risk_manager).get(reverse("collateral:asset_detail", args=[press.pk])).text
    assert "found damaged; 60.0% of it counts until another is accepted" in page
