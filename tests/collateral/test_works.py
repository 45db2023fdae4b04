"""Works that raise a home's value beyond doubt: stated by its appraiser with a paper, judged by who accepts the value,
and counted by what they add or not.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from collateral.models import Asset, Cover, Modification, RedFlag, Valuation
from collateral.selectors.coverage import coverage_from, coverage_of, ground_of
from collateral.services.computed_values import revalue
from collateral.services.covers import refresh_covers
from collateral.services.evidence import look_at_values
from collateral.services.flags import UnableToDecideFlag, decide_flag
from collateral.services.valuations import (
    Attachments,
    UnableToJudgeValuation,
    UnableToSubmitValuation,
    Works,
    accept_valuation,
    order_valuation,
    take_back_valuation,
)
from core.models import AuditEntry, Branch, User
from loans.models import ProductVersion
from risk.services.fact_parts import facts_from_moment
from tests.collateral.books import EVERY, Book, Lent
from tests.collateral.conftest import SignIn, hand_in
from tests.collateral.papers import sheet
from tests.collateral.test_computed_values import index_of
from tests.collateral.test_value_caps import YEAR, appraise
from tests.shared_rows import shared

WORDS = "New roof and walls, from class F to class B by the certificate"


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT, settings.CREDENCE_NAV_COUNTS = tmp_path, {}


@shared
def book(branch: Branch, product: ProductVersion, today: date) -> Book:
    return Book(branch, product, today)


@shared
def lent(book: Book) -> Lent:
    return book.lend(250_000)


@shared
def home(book: Book, lent: Lent) -> Asset:
    """A home worth 300,000 when 250,000 were paid out on it."""
    home = book.asset(300_000)
    book.pledge(home, lent, 400_000)
    return home


@pytest.fixture
def later(today: date) -> date:
    return today + 3 * YEAR


@pytest.fixture
def works(today: date) -> Works:
    return Works("ENERGY", today + 2 * YEAR, Decimal(90_000), WORDS, Decimal(80_000))


@pytest.fixture
def stated(home: Asset, works: Works, investigator: User, risk_manager: User, appraisers: list[User], later: date) -> Valuation:
    """The home, said to be worth 420,000 in its third year, with works on it and their paper."""
    order = order_valuation(asset=home, actor=investigator, business_date=later)
    said = hand_in(later, order, "420000.00", works=works, attachments=Attachments(works=sheet("certificate.pdf")))
    for flag in home.flags.filter(state="OPEN"):
        decide_flag(flag=flag, uphold=False, reason="Looked into.", actor=risk_manager, business_date=later)
    return said


@pytest.fixture
def judging(approver: User, later: date) -> dict[str, Any]:
    return {"actor": approver, "business_date": later, "no_evidence": "NO_MODEL"}


class TestAValueWithWorks:
    def test_counts_by_what_they_add_by_the_word_of_who_accepts_it(
        self, stated: Valuation, judging: dict[str, Any], home: Asset, lent: Lent, later: date
    ) -> None:
        done = accept_valuation(valuation=stated, **judging, works="full", reason="Certificate and invoices seen.")
        assert (done.cap, done.counting_value, done.cap_date) == (380_000, 380_000, later)
        kept = done.modification
        assert (kept.counts, kept.cap, kept.decided_by, kept.reason) == (True, 300_000, judging["actor"], "Certificate and invoices seen.")
        refresh_covers(business_date=later, **EVERY)
        assert Cover.objects.get(loan=lent.loan).market_value == 380_000
        entry = AuditEntry.objects.get(action="valuation.works_counted")
        assert (entry.details["cap"], entry.details["paper"], entry.actor) == ("300000.00", str(kept.document_id), judging["actor"])
        assert (entry.details["cost"], entry.details["adds"]) == ("90000.00", "80000.00")
        assert AuditEntry.objects.get(action="valuation.capped").details["counts"] == "380000.00"

    def test_counts_in_full_where_they_add_all_that_lies_above_the_cap(self, stated: Valuation, judging: dict[str, Any]) -> None:
        Valuation.objects.filter(pk=stated.pk).update(market_value=380_000)
        stated.refresh_from_db()
        done = accept_valuation(valuation=stated, **judging, works="full", reason="Seen.")
        assert (done.cap, done.counting_value, done.modification.cap) == (None, 380_000, 300_000)

    def test_counts_at_its_cap_where_they_raise_nothing(self, stated: Valuation, judging: dict[str, Any]) -> None:
        done = accept_valuation(valuation=stated, **judging, works="capped")
        assert (done.cap, done.counting_value, done.modification.counts) == (300_000, 300_000, False)

    def test_is_not_accepted_before_somebody_has_said_which(self, stated: Valuation, judging: dict[str, Any]) -> None:
        with pytest.raises(UnableToJudgeValuation) as refusal:
            accept_valuation(valuation=stated, **judging)
        assert [fault.field for fault in refusal.value.faults] == ["works"]
        with pytest.raises(UnableToJudgeValuation) as refusal:
            accept_valuation(valuation=stated, **judging, works="full")
        assert [fault.field for fault in refusal.value.faults] == ["reason"]
        stated.refresh_from_db()
        assert stated.state == "SUBMITTED"

    def test_older_than_what_the_cap_rests_on_lifts_nothing(self, stated: Valuation, judging: dict[str, Any], today: date) -> None:
        Modification.objects.update(done_date=today)
        with pytest.raises(UnableToJudgeValuation, match="has them in it"):
            accept_valuation(valuation=stated, **judging, works="full", reason="Seen.")
        assert accept_valuation(valuation=stated, **judging, works="capped").cap == 300_000

    def test_is_what_later_values_are_held_to(
        self, stated: Valuation, judging: dict[str, Any], home: Asset, appraisers: list[User], risk_manager: User, later: date
    ) -> None:
        accept_valuation(valuation=stated, **judging, works="full", reason="Seen.")
        index_of(dict.fromkeys(range(2018, 2028), "100") | dict.fromkeys(range(2028, 2034), "110"))
        day = later + YEAR + timedelta(days=1)
        assert revalue(business_date=day, **EVERY) == 1
        # What the market made of it before is in no later cap: only what the works add is.
        assert home.valuations.get(state="ACCEPTED").computed.cap == 380_000
        again = appraise(home, 500_000, appraisers[1], judging["actor"], risk_manager, day + YEAR)
        assert (again.market_value, again.cap) == (500_000, 380_000)

    def test_is_asked_about_nothing_where_the_cap_lowers_nothing(self, stated: Valuation, judging: dict[str, Any]) -> None:
        Valuation.objects.filter(pk=stated.pk).update(market_value=290_000)
        stated.refresh_from_db()
        done = accept_valuation(valuation=stated, **judging)
        assert (done.cap, done.modification.counts) == (None, None)

    def test_says_so_in_the_evidence_of_a_decision(self, stated: Valuation, judging: dict[str, Any], lent: Lent, later: date) -> None:
        accept_valuation(valuation=stated, **judging, works="full", reason="Seen.")
        ground = ground_of(lent.application, business_date=later)
        kept = ground.to_dict()
        assert (kept["pledges"][0]["works"], kept["pledges"][0]["capped"]) == ("ENERGY", "300000.0000")
        again = coverage_from(kept)
        assert again == ground.coverage() == coverage_of(lent.application, business_date=later) and again.by_works == 80_000
        parts = {"collateral": kept, "screening": {"holds": [], "blocked": 0}, "own_history": []}
        found = facts_from_moment(parts, business_date=later)
        assert found["ltv"][1] == "Accepted valuations, 80,000 of them by works above the cap"

    def test_that_was_taken_back_states_none(self, stated: Valuation, later: date) -> None:
        assert stated.appraiser is not None
        take_back_valuation(valuation=stated, reason="A figure was wrong.", actor=stated.appraiser, business_date=later)
        assert not Modification.objects.exists() and stated.files.filter(kind="WORKS").exists()


class TestWorksThatAddMoreThanTheyCost:
    """One euro of works and a bulb explain no rise of the market."""

    @pytest.fixture
    def bulb(self, works: Works) -> Works:
        return replace(works, cost=Decimal(1), words="A new bulb")

    @pytest.fixture
    def said(self, home: Asset, bulb: Works, investigator: User, appraisers: list[User], later: date) -> Valuation:
        order = order_valuation(asset=home, actor=investigator, business_date=later)
        return hand_in(later, order, "380000.00", works=bulb, attachments=Attachments(works=sheet("bill.pdf")))

    def test_are_looked_at_by_somebody_who_neither_ordered_nor_accepts_the_value(
        self, said: Valuation, judging: dict[str, Any], investigator: User, risk_manager: User, approver: User, later: date
    ) -> None:
        flag = said.flags.get(code="works_above_cost")
        assert flag.text == "The works are said to add 80,000.00 EUR, and cost 1.00."
        for other in said.asset.flags.filter(state="OPEN").exclude(pk=flag.pk):
            decide_flag(flag=other, uphold=False, reason="Looked into.", actor=risk_manager, business_date=later)
        with pytest.raises(UnableToJudgeValuation, match="said to add 80,000"):
            accept_valuation(valuation=said, **judging, works="full", reason="It is brighter.")
        Valuation.objects.filter(pk=said.pk).update(ordered_by=risk_manager)
        with pytest.raises(UnableToDecideFlag, match="You ordered this value"):
            decide_flag(flag=flag, uphold=False, reason="Bright.", actor=risk_manager, business_date=later)
        Valuation.objects.filter(pk=said.pk).update(ordered_by=investigator)
        decide_flag(flag=flag, uphold=False, reason="Bright.", actor=approver, business_date=later)
        with pytest.raises(UnableToJudgeValuation, match="You cleared a red flag"):
            accept_valuation(valuation=said, **judging, works="full", reason="It is brighter.")

    def test_are_found_also_where_nothing_was_pledged_when_they_were_stated(
        self, said: Valuation, judging: dict[str, Any], risk_manager: User, later: date
    ) -> None:
        RedFlag.objects.all().delete()
        with pytest.raises(UnableToJudgeValuation, match="said to add 80,000"):
            accept_valuation(valuation=said, **judging, works="full", reason="It is brighter.")

    def test_are_not_looked_at_again_once_they_count_nothing(
        self, said: Valuation, judging: dict[str, Any], risk_manager: User, later: date
    ) -> None:
        for flag in said.asset.flags.filter(state="OPEN"):
            decide_flag(flag=flag, uphold=False, reason="They count nothing.", actor=risk_manager, business_date=later)
        assert accept_valuation(valuation=said, **judging, works="capped").counting_value == 300_000
        RedFlag.objects.all().delete()
        assert not [one.code for one in look_at_values(said.asset, business_date=later) if one.code == "works_above_cost"]


class TestStating:
    @pytest.fixture
    def order(self, home: Asset, investigator: User, appraisers: list[User], later: date) -> Valuation:
        return order_valuation(asset=home, actor=investigator, business_date=later)

    def test_without_a_paper_gets_nowhere(
        self, order: Valuation, works: Works, judging: dict[str, Any], risk_manager: User, later: date
    ) -> None:
        with pytest.raises(UnableToSubmitValuation) as refusal:
            hand_in(later, order, "420000.00", works=works)
        assert [fault.field for fault in refusal.value.faults] == ["works_paper"]
        said = hand_in(later, order, "420000.00")
        for flag in order.asset.flags.filter(state="OPEN"):
            decide_flag(flag=flag, uphold=False, reason="Looked into.", actor=risk_manager, business_date=later)
        with pytest.raises(UnableToJudgeValuation, match="No works are stated"):
            accept_valuation(valuation=said, **judging, works="full", reason="The owner told me.")
        with pytest.raises(IntegrityError), transaction.atomic():
            Modification.objects.create(valuation=said, kind="ENERGY", done_date=later, cost=1, adds=1, words="x")

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"kind": ""}, "works_kind"),
            ({"kind": "GARDEN"}, "works_kind"),
            ({"done_date": None}, "works_done"),
            ({"done_date": date(2099, 1, 1)}, "works_done"),
            ({"cost": None}, "works_cost"),
            ({"cost": Decimal(-1)}, "works_cost"),
            ({"cost": Decimal("0.005")}, "works_cost"),
            ({"adds": None}, "works_adds"),
            ({"adds": Decimal(0)}, "works_adds"),
            ({"adds": Decimal("80000.001")}, "works_adds"),
            ({"adds": Decimal(420_000)}, "works_adds"),
            ({"words": "  "}, "works_words"),
        ],
    )
    def test_names_what_is_missing_at_its_field(
        self, order: Valuation, works: Works, later: date, change: dict[str, Any], field: str
    ) -> None:
        with pytest.raises(UnableToSubmitValuation) as refusal:
            hand_in(later, order, "420000.00", works=replace(works, **change), attachments=Attachments(works=sheet()))
        assert [fault.field for fault in refusal.value.faults] == [field]

    def test_is_for_land_and_buildings_alone(self, ordered: Valuation, works: Works, today: date) -> None:
        with pytest.raises(UnableToSubmitValuation) as refusal:
            hand_in(today, ordered, works=works, attachments=Attachments(works=sheet()))
        assert [fault.code for fault in refusal.value.faults] == ["no_property"]


class TestPages:
    def test_an_appraiser_states_them_with_the_value(
        self, home: Asset, investigator: User, appraisers: list[User], later: date, sign_in: SignIn, bank: Any
    ) -> None:
        bank.business_date = later
        bank.save()
        order = order_valuation(asset=home, actor=investigator, business_date=later)
        assert order.appraiser is not None
        client = sign_in(order.appraiser)
        typed = {
            "market_value": "420,000", "method": "COMPARISON", "valued_date": later.isoformat(), "valued_area": "140", "price_1": "420000",
            "price_2": "420000", "independence_declared": "on", "works_kind": "EXTENSION", "works_done": (later - YEAR).isoformat(),
            "works_cost": "90,000", "works_adds": "80,000", "works_words": "A second floor",
        }  # fmt: skip
        url = reverse("collateral:valuation_submit", args=[order.pk])
        refused = client.post(url, typed)
        assert refused.status_code == 422 and "Add what shows the works" in refused.text and "A second floor" in refused.text
        assert client.post(url, typed | {"works_paper": sheet("permit.pdf")}).status_code == 302
        kept = Modification.objects.get()
        assert (kept.kind, kept.cost, kept.adds, kept.document.name) == ("EXTENSION", 90_000, 80_000, "permit.pdf")

    def test_who_accepts_sees_them_beside_the_capped_value_and_decides(
        self, stated: Valuation, home: Asset, approver: User, later: date, sign_in: SignIn, bank: Any
    ) -> None:
        bank.business_date = later
        bank.save()
        client, page = sign_in(approver), reverse("collateral:asset_detail", args=[home.pk])
        shown = client.get(page).text
        assert WORDS in shown and "380,000 EUR count, 80,000 EUR more than without them" in shown and "certificate.pdf" in shown
        assert "300,000 EUR count, its value when the money was lent" in shown
        url = reverse("collateral:valuation_judge", args=[stated.pk])
        judged = {"outcome": "accept", "no_evidence": "NO_MODEL", "reason": "Certificate seen."}
        refused = client.post(url, judged)
        assert refused.status_code == 422 and "Say whether the works raise its value beyond doubt." in refused.text
        assert client.post(url, judged | {"works": "full"}).status_code == 302
        after = client.get(page).text
        assert "Works count" in after and "380,000" in after and "300,000" in after and WORDS in after

    def test_a_value_without_works_shows_its_cap_before_it_is_accepted(
        self, stated: Valuation, home: Asset, approver: User, later: date, sign_in: SignIn, bank: Any
    ) -> None:
        bank.business_date = later
        bank.save()
        Modification.objects.all().delete()
        shown = sign_in(approver).get(reverse("collateral:asset_detail", args=[home.pk])).text
        assert "At most 300,000 EUR of it counts" in shown and "Do the works raise" not in shown
