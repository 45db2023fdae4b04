"""What lies on an account covers nothing before its custodian confirmed to block it, and is let go by a letter to them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from collateral.models import AssetDocument, Pledge, SecurityHolding
from collateral.selectors.accounts import account_of
from collateral.selectors.coverage import coverage_of
from collateral.selectors.registrations import count_registrations, list_registrations
from collateral.selectors.twins import find_twins, text_of
from collateral.selectors.value_settings import settings_in_force
from collateral.services.asset_documents import UnableToKeepDocument
from collateral.services.blocks import UnableToEndBlock, record_block_ended, tell_open_blocks, write_block_letter
from collateral.services.facts import UnableToRecordFacts, record_facts
from collateral.services.holdings import record_holding
from collateral.services.pledge_obstacles import UnableToPerfectPledge
from collateral.services.pledges import perfect_pledge
from collateral.services.registrations import send_to_registry
from collateral.services.releases import decide_release, propose_release
from core.errors import Conflict
from core.events import deliver_pending
from core.models import AuditEntry, Branch, User
from core.roles import Role
from loans.models import Application
from monitoring.models import Alert
from tests.collateral.conftest import Register, SignIn, hire
from tests.collateral.papers import file_paper, sheet
from tests.collateral.test_asset_facts import GOOD
from tests.collateral.test_services import another_application
from tests.every_role import every_role

KINDS = ("DEPOSIT", "SECURITIES")
NUMBERS = {"DEPOSIT": "DE89370400440532013000", "SECURITIES": "004711830255"}
Saved = Callable[..., Pledge]


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT, settings.CREDENCE_REQUIRE_STEP_UP = tmp_path, False


@pytest.fixture
def saved(register: Register, officer: User, today: date) -> Saved:
    """The pledge of a deposit or of securities worth 20,000, sent to the custodian."""

    def make(kind: str, *, sent: bool = True, **changes: Any) -> Pledge:
        asset = register(kind=kind, title_number="", description=f"{kind.capitalize()} of ours", facts={**GOOD[kind], **changes})
        asset.valuations.create(
            ordered_date=today, expires_date=today + timedelta(days=20), state="ACCEPTED", method="NOMINAL", market_value=Decimal(20_000),
            currency="EUR", valued_date=today,
        )  # fmt: skip
        pledge = asset.pledges.get()
        if sent:
            send_to_registry(
                pledge=pledge, registry="Elbe Savings Bank", sent_date=today, reference="AZ 1", actor=officer, business_date=today
            )
            pledge.refresh_from_db()
        return pledge

    return make


def block(pledge: Pledge, actor: User, today: date, **changes: Any) -> Pledge:
    """Perfect it by the custodian's word."""
    given: dict[str, Any] = {"registry_reference": "SP-77", "blocked_date": today, "actor": actor, "business_date": today}
    if "proof" not in changes:
        given["proof"] = file_paper(pledge.asset, AssetDocument.Kind.BLOCK, today)
    return perfect_pledge(pledge=pledge, **given | changes)


def refused(act: Callable[[], object], error: type[Exception] = UnableToPerfectPledge) -> set[str]:
    with pytest.raises(error) as refusal:
        act()
    value: Any = refusal.value
    return {fault.field for fault in value.faults} or {value.code}


class TestTheBlock:
    @pytest.mark.parametrize("kind", KINDS)
    def test_is_confirmed_by_another_person_with_a_paper_and_its_day_and_the_pledge_covers_from_then_on(
        self, saved: Saved, officer: User, investigator: User, risk_manager: User, today: date, kind: str
    ) -> None:
        pledge = saved(kind)
        file = pledge.application
        assert coverage_of(file, business_date=today).available == 0 and coverage_of(file, business_date=today).ltv is None
        assert refused(lambda: block(pledge, officer, today, proof=None)) == {"not_entitled"}
        assert refused(lambda: block(pledge, investigator, today, proof=None)) == {"block_missing"}
        for day in (None, today + timedelta(days=1)):
            assert refused(lambda on=day: block(pledge, investigator, today, blocked_date=on)) == {"blocked_date"}  # type: ignore[misc]
        own = file_paper(pledge.asset, AssetDocument.Kind.BLOCK, today, uploaded_by=officer, uploaded_by_name="Olga")
        with pytest.raises(UnableToKeepDocument, match="own_paper"):
            block(pledge, investigator, today, proof=own)
        done = block(pledge, investigator, today)
        assert (done.state, done.blocked_date, done.perfected_by) == ("PERFECTED", today, investigator)
        assert done.registration is not None and done.registration.kind == "BLOCK"
        lent = Decimal(20_000) * (1 - settings_in_force().haircuts[kind])
        assert coverage_of(file, business_date=today).available == lent
        said = AuditEntry.objects.get(action="pledge.perfected").details
        assert said["blocked"] == today.isoformat() and NUMBERS[kind] not in str(said)

    @pytest.mark.parametrize("kind", KINDS)
    def test_asks_the_custodian_first(self, saved: Saved, investigator: User, today: date, kind: str) -> None:
        assert refused(lambda: block(saved(kind, sent=False), investigator, today)) == {"not_sent"}

    def test_is_of_an_account_that_is_known(self, saved: Saved, investigator: User, today: date) -> None:
        pledge = saved("SECURITIES")
        SecurityHolding.objects.update(custodian="")
        assert refused(lambda: block(pledge, investigator, today)) == {"account_missing"}

    def test_of_one_file_is_none_of_another(self, saved: Saved, investigator: User, today: date) -> None:
        pledge = saved("DEPOSIT")
        block(pledge, investigator, today)
        other = another_application(pledge.application)
        Pledge.objects.create(asset=pledge.asset, application=other, amount=5_000, rank=2)
        assert coverage_of(other, business_date=today).available == 0

    def test_has_its_order_in_the_database(self, saved: Saved, today: date) -> None:
        pledge = saved("DEPOSIT")
        for wrong in (
            {"perfected_date": today, "blocked_date": today + timedelta(days=1)},
            {"blocked_date": today, "unblocked_date": today},
        ):
            with pytest.raises(IntegrityError), transaction.atomic():
                Pledge.objects.filter(pk=pledge.pk).update(**wrong)


class TestTheAccount:
    @pytest.mark.parametrize("kind", KINDS)
    def test_stays_while_its_block_is_confirmed(self, saved: Saved, officer: User, investigator: User, today: date, kind: str) -> None:
        pledge = saved(kind)
        other = "GB82 WEST 1234 5698 7654 32" if kind == "DEPOSIT" else "99 0000 1"
        name = "bank_name" if kind == "DEPOSIT" else "custodian"
        block(pledge, investigator, today)
        for change in ({"account": other}, {name: "Other Bank"}):
            facts = {**GOOD[kind], **change}
            act = lambda given=facts: record_facts(asset=pledge.asset, facts=given, actor=officer, business_date=today)  # noqa: E731
            with pytest.raises(UnableToRecordFacts) as refusal:
                act()
            (fault,) = refusal.value.faults
            assert fault.field == "account" and "has confirmed to block" in fault.detail and NUMBERS[kind] not in fault.detail
        same = {**GOOD[kind], name: GOOD[kind][name].upper(), "account": NUMBERS[kind].lower()}
        record_facts(asset=pledge.asset, facts=same, actor=officer, business_date=today)

    def test_may_be_corrected_before(self, saved: Saved, officer: User, today: date) -> None:
        asset = saved("SECURITIES", sent=False).asset
        record_facts(asset=asset, facts={**GOOD["SECURITIES"], "account": "99 0000 1"}, actor=officer, business_date=today)
        held = account_of(asset)
        assert held is not None and (held.number, held.custodian, held.masked) == ("9900001", "Elbe Custody Bank", "••••01")
        # Whoever records another number of papers says nothing of where they lie.
        record_holding(asset=asset, isin="US0378331005", quantity=Decimal(90), actor=officer, business_date=today)
        assert account_of(asset) == held

    def test_is_kept_in_clear_nowhere(self, saved: Saved, officer: User, sign_in: SignIn) -> None:
        asset = saved("SECURITIES").asset
        page = sign_in(officer).get(reverse("collateral:asset_facts", args=[asset.pk]), headers={"HX-Request": "true"}).text
        assert "Elbe Custody Bank" in page and "… 0255" in page
        with connection.cursor() as cursor:
            for table in ("collateral_securityholding", "collateral_factsversion", "collateral_asset", "core_auditentry"):
                cursor.execute(f"SELECT count(*) FROM {table} t WHERE t::text LIKE %s", ["%004711830255%"])
                assert cursor.fetchone() == (0,), table

    def test_with_another_paper_on_it_is_no_twin(self, saved: Saved, register: Register, application: Application) -> None:
        first = saved("SECURITIES").asset
        shared: dict[str, Any] = {
            "application": another_application(application), "kind": "SECURITIES", "title_number": "", "owner": None, "owner_name": "Birch",
        }  # fmt: skip
        for isin, same in (("DE0007164600", False), ("US0378331005", True)):
            facts = {**GOOD["SECURITIES"], "isin": isin}
            second = register(**shared, description=f"Papers {isin}", facts=facts)
            assert (first in [twin.asset for twin in find_twins(text_of(second), without=second.pk)]) is same


class TestItsEnd:
    @pytest.fixture
    def given_back(self, saved: Saved, officer: User, investigator: User, risk_manager: User, approver: User, today: date) -> Pledge:
        pledge = block(saved("DEPOSIT"), investigator, today)
        Application.objects.update(state="DECLINED")
        propose_release(pledge=pledge, kind="release", reason="Repaid", actor=officer, business_date=today)
        return decide_release(pledge=pledge, confirm=True, reason="Seen", actor=risk_manager, business_date=today)

    def test_is_told_of_until_the_custodian_knows(self, given_back: Pledge, officer: User, today: date) -> None:
        assert given_back.block_ends
        assert [tell_open_blocks(business_date=today + timedelta(days=day)) for day in (1, 1, 7, 8)] == [1, 0, 0, 1]
        while deliver_pending():
            pass
        alert = Alert.objects.get(kind="BLOCK")
        assert (alert.owner, alert.asset) == (officer, given_back.asset)
        settings = settings_in_force()
        assert list(list_registrations(officer, view="blocks", today=today, settings=settings)) == [given_back]
        assert count_registrations(officer, today=today, settings=settings)["blocks"] == 1
        asked: dict[str, Any] = {"pledge": given_back, "actor": officer, "business_date": today}
        assert refused(lambda: record_block_ended(**asked, told_date=today - timedelta(days=1)), UnableToEndBlock) == {"told_date"}
        stale = Pledge.objects.get(pk=given_back.pk)
        record_block_ended(**asked, told_date=today)
        with pytest.raises(Conflict):
            record_block_ended(pledge=stale, told_date=today, actor=officer, business_date=today)
        assert refused(lambda: record_block_ended(**asked, told_date=today), UnableToEndBlock) == {"not_to_end"}
        while deliver_pending():
            pass
        alert.refresh_from_db()
        assert alert.state == "RESOLVED" and tell_open_blocks(business_date=today + timedelta(days=30)) == 0

    def test_is_a_letter_that_is_on_record(self, given_back: Pledge, officer: User, approver: User, today: date) -> None:
        assert refused(lambda: write_block_letter(pledge=given_back, actor=approver, business_date=today), UnableToEndBlock) == {
            "not_entitled"
        }
        assert write_block_letter(pledge=given_back, actor=officer, business_date=today).startswith(b"%PDF")
        assert AuditEntry.objects.get(action="pledge.block_letter_written").actor == officer

    def test_of_a_pledge_that_stands_is_none(self, saved: Saved, officer: User, investigator: User, today: date) -> None:
        pledge = block(saved("DEPOSIT"), investigator, today)
        assert refused(lambda: write_block_letter(pledge=pledge, actor=officer, business_date=today), UnableToEndBlock) == {"not_to_end"}


class TestPages:
    def test_say_what_is_missing_and_take_the_confirmation(
        self, saved: Saved, officer: User, investigator: User, sign_in: SignIn, today: date
    ) -> None:
        pledge = saved("DEPOSIT", sent=False)
        panel, page = (
            reverse("collateral:application_panel", args=[pledge.application_id]),
            reverse("collateral:pledge_registry", args=[pledge.pk]),
        )
        shown = sign_in(officer).get(page).text
        assert "It covers nothing yet" in shown and "at Elbe Savings Bank" in shown and "Custodian" in shown and "DE8937" not in shown
        assert "Not blocked" in sign_in(officer).get(panel).text
        sent = {"registry": "Elbe Savings Bank", "sent_date": today.isoformat(), "reference": "AZ 7"}
        assert sign_in(officer).post(page, sent).status_code == 302
        perfect = reverse("collateral:pledge_perfect", args=[pledge.pk])
        client = sign_in(investigator)
        given = {"registry_reference": "SP-77", "paper": sheet("block.pdf", "block")}
        assert client.post(perfect, given).status_code == 422
        given = {"registry_reference": "SP-77", "paper": sheet("block.pdf", "block"), "blocked_date": today.isoformat()}
        assert client.post(perfect, given).status_code == 302
        assert "Blocked since" in client.get(page).text and "Not blocked" not in sign_in(officer).get(panel).text

    @every_role(Role)
    def test_let_each_role_end_a_block(self, saved: Saved, investigator: User, branch: Branch, today: date, role: Role) -> None:
        pledge = block(saved("DEPOSIT"), investigator, today)
        Pledge.objects.update(state="RELEASED", ended_date=today)
        client = Client()
        client.force_login(hire("somebody", role, branch=branch))
        letter, ended = (reverse(f"collateral:{name}", args=[pledge.pk]) for name in ("block_letter", "block_ended"))
        writes = role in {Role.OFFICER, Role.INVESTIGATOR, Role.COLLECTIONS}
        answer = client.post(letter)
        assert answer.status_code == (200 if writes else 403) and (answer["Content-Type"] == "application/pdf") is writes
        assert client.post(ended, {"told_date": today.isoformat()}).status_code == (302 if writes else 403)
        assert Pledge.objects.get().unblocked_date == (today if writes else None)
        if writes:
            assert client.post(letter, follow=True).status_code == 200
            assert "Every custodian was told" in client.get(reverse("collateral:registry_list") + "?view=blocks").text
