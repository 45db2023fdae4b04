"""A pledge on its way through the registry: sent, silent, refused, perfected by another person."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from collateral.domain.revaluation import DEFAULTS, UnfitSettings, as_document, from_document
from collateral.events import PledgePerfected, PledgeWithdrawn, RegistrationOverdue
from collateral.models import Asset, Pledge, ValueSettings
from collateral.services.asset_documents import UnableToKeepDocument
from collateral.services.pledge_obstacles import UnableToPerfectPledge
from collateral.services.pledges import perfect_pledge, withdraw_pledge
from collateral.services.ranks import ranks_in_registry
from collateral.services.records import record_lien
from collateral.services.registrations import UnableToSendPledge, refuse_registration, send_to_registry, tell_silent_registries
from collateral.services.valuations import accept_valuation, order_valuation
from core.models import AuditEntry, Branch, OutboxEvent, User
from core.roles import Role
from core.uuids import uuid7
from loans.models import Application, ConditionPrecedent
from monitoring.collateral_alerts import alert_on_silent_registry, end_silence
from monitoring.models import Alert
from tests.collateral.conftest import Register, SignIn, Value, hire
from tests.collateral.papers import file_paper, sheet
from tests.every_role import every_role
from tests.shared_rows import shared

SENDERS = (Role.OFFICER, Role.INVESTIGATOR)
REQUEST: dict[str, Any] = {"registry": "Vehicle register, Husum", "reference": "AZ 12/26"}


@shared
def car(register: Register, investigator: User, approver: User, appraisers: list[User], submit: Value, today: date) -> Asset:
    """A car with a value in force; its class needs the registry."""
    asset = register(kind="VEHICLE", description="Lorry", title_number="NF AB 12")
    accept_valuation(
        valuation=submit(order_valuation(asset=asset, actor=investigator, business_date=today)),
        actor=approver,
        business_date=today,
        no_evidence="NO_NEW_PRICE",
    )
    return asset


@shared
def proposed(car: Asset) -> Pledge:
    return car.pledges.get()


@shared
def pending(proposed: Pledge, officer: User, today: date) -> Pledge:
    return send_to_registry(pledge=proposed, **REQUEST, sent_date=today, actor=officer, business_date=today)


def refused(act: Any, code: str, field: str = "") -> None:
    before = list(Pledge.objects.order_by("pk").values())
    with pytest.raises((UnableToSendPledge, UnableToPerfectPledge)) as refusal, transaction.atomic():
        act()
    assert refusal.value.code == code
    assert not field or [fault.field for fault in refusal.value.faults] == [field]
    assert list(Pledge.objects.order_by("pk").values()) == before


class TestStates:
    @pytest.mark.parametrize(
        "written",
        [
            {"state": "ELSEWHERE"},
            {"state": "REGISTRATION_PENDING"},
            {"state": "REGISTRATION_PENDING", "sent_date": date(2026, 3, 2), "registry": "Land register"},
        ],
    )
    def test_are_held_by_the_database(self, pledge: Pledge, written: dict[str, Any]) -> None:
        with pytest.raises(IntegrityError, match=r"pledge_(state_known|sent_somewhere)"), transaction.atomic():
            Pledge.objects.filter(pk=pledge.pk).update(**written)

    def test_nobody_perfects_what_they_sent_even_in_the_database(self, pending: Pledge, officer: User) -> None:
        with pytest.raises(IntegrityError, match="pledge_perfected_by_another"), transaction.atomic():
            Pledge.objects.filter(pk=pending.pk).update(state="PERFECTED", perfected_by=officer)


class TestSending:
    def test_is_recorded_told_and_kept(self, pending: Pledge, officer: User, today: date) -> None:
        pending.refresh_from_db()
        assert (pending.state, pending.registry, pending.sent_reference) == ("REGISTRATION_PENDING", *REQUEST.values())
        assert (pending.sent_date, pending.sent_by) == (today, officer)
        entry = AuditEntry.objects.get(action="pledge.sent_to_registry")
        assert (entry.actor, entry.details["registry"]) == (officer, REQUEST["registry"])
        assert OutboxEvent.objects.get(name="PledgeSent").payload["sent_date"] == today.isoformat()

    def test_keeps_the_receipt_where_it_comes_with_one(self, proposed: Pledge, officer: User, today: date) -> None:
        step = {"registry": "Register", "sent_date": today, "actor": officer, "business_date": today}
        sent = send_to_registry(pledge=proposed, **step, receipt=sheet("receipt.pdf", "receipt"))
        assert sent.receipt is not None and (sent.receipt.kind, sent.receipt.name) == ("REGISTRY_RECEIPT", "receipt.pdf")

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"registry": "  "}, "registry"),
            ({"reference": " "}, "reference"),
            ({"sent_date": date(2026, 3, 3)}, "sent_date"),
            ({"sent_date": date(2026, 3, 1)}, "sent_date"),
        ],
    )
    def test_is_refused_with_the_field(self, proposed: Pledge, officer: User, today: date, changes: dict[str, Any], field: str) -> None:
        step = {**REQUEST, "sent_date": today, "actor": officer, "business_date": today, **changes}
        refused(lambda: send_to_registry(pledge=proposed, **step), "invalid", field)

    def test_is_not_for_what_no_registry_keeps_nor_twice_nor_without_an_owner_s_word(
        self, pending: Pledge, pledge: Pledge, register: Register, officer: User, application: Application, today: date
    ) -> None:
        step = {**REQUEST, "sent_date": today, "actor": officer, "business_date": today}
        refused(lambda: send_to_registry(pledge=pledge, **step), "no_registry")
        refused(lambda: send_to_registry(pledge=pending, **step), "wrong_state")
        theirs = register(kind="VEHICLE", title_number="X 1", owner=None, owner_name="Hedda Lindholm", description="A van").pledges.get()
        refused(lambda: send_to_registry(pledge=theirs, **step), "not_agreed")

    @every_role(Role)
    def test_is_the_work_of_officers_and_investigators(
        self, proposed: Pledge, branch: Branch, sign_in: SignIn, role: Role, today: date
    ) -> None:
        page = reverse("collateral:pledge_registry", args=[proposed.pk])
        sent = {"registry": "Register", "reference": "A 1", "sent_date": today.isoformat()}
        actor = hire("somebody", role, branch=branch)
        answer = sign_in(actor).post(page, sent)
        proposed.refresh_from_db()
        assert (proposed.state == "REGISTRATION_PENDING") is (role in SENDERS)
        assert answer.status_code == 302 if role in SENDERS else answer.status_code in (403, 404, 422)
        if role not in SENDERS:
            with pytest.raises(UnableToSendPledge, match="not_entitled"):
                send_to_registry(pledge=proposed, **REQUEST, sent_date=today, actor=actor, business_date=today)


class TestPerfecting:
    def test_goes_on_from_what_was_sent_by_another_person(
        self, proposed: Pledge, officer: User, investigator: User, risk_manager: User, today: date
    ) -> None:
        step: dict[str, Any] = {"registry_reference": "REG-1", "business_date": today}
        refused(lambda: perfect_pledge(pledge=proposed, **step, actor=investigator), "not_sent")
        send_to_registry(pledge=proposed, **REQUEST, sent_date=today, actor=investigator, business_date=today)
        refused(lambda: perfect_pledge(pledge=proposed, **step, actor=investigator), "own_sending")
        own = file_paper(proposed.asset, "LIEN_REGISTRATION", today, uploaded_by=investigator, uploaded_by_name=investigator.full_name)
        with pytest.raises(UnableToKeepDocument, match="own_paper"):
            perfect_pledge(pledge=proposed, **step, actor=risk_manager, proof=own)
        assert perfect_pledge(pledge=proposed, **step, actor=risk_manager).state == "PERFECTED"

    def test_skips_the_registry_where_the_settings_name_the_class_not(
        self, proposed: Pledge, investigator: User, risk_manager: User, branch: Branch, today: date
    ) -> None:
        document = as_document(DEFAULTS) | {"registry_kinds": ["LAND"]}
        second = hire("second_risk", Role.RISK_MANAGER, branch=branch)
        ValueSettings.objects.create(number=1, document=document, state="ACTIVE", reason="x", proposed_by=risk_manager, confirmed_by=second)
        done = perfect_pledge(pledge=proposed, registry_reference="R", actor=investigator, business_date=today)
        assert (done.state, done.sent_date) == ("PERFECTED", None)

    @pytest.mark.parametrize("change", [{"registry_kinds": ["SHIP"]}, {"registry_days": 0}])
    def test_settings_that_make_no_sense_are_unfit(self, change: dict[str, Any]) -> None:
        with pytest.raises(UnfitSettings, match="registry"):
            from_document(as_document(DEFAULTS) | change)

    def test_a_claim_found_meanwhile_goes_before_what_is_only_pending(self, pending: Pledge, officer: User, today: date) -> None:
        assert ranks_in_registry(pending.asset) == set()
        record_lien(
            asset=pending.asset, holder="Elbe Bank", rank=1, amount=Decimal(1000), registry_reference="R", registered_date=today,
            actor=None, business_date=today,
        )  # fmt: skip
        pending.refresh_from_db()
        assert (pending.rank, pending.prior_claims) == (2, 1000)


class TestRefusal:
    def test_ends_the_pledge_with_reason_and_letter_though_the_decision_counted_on_it(
        self, pending: Pledge, pledge: Pledge, accepted: Any, officer: User, investigator: User, today: date
    ) -> None:
        perfect_pledge(pledge=pledge, registry_reference="R", actor=investigator, business_date=today)
        Application.objects.filter(pk=pledge.application_id).update(state="ACCEPTED")
        condition = ConditionPrecedent.objects.create(application=pledge.application, code="collateral_perfected", title="Perfected")
        step: dict[str, Any] = {"refused_date": today, "actor": officer, "business_date": today}
        refused(lambda: refuse_registration(pledge=pending, reason=" ", paper=sheet(), **step), "invalid", "reason")
        refused(lambda: refuse_registration(pledge=pending, reason="No owner", paper=None, **step), "invalid", "paper")
        ended = refuse_registration(pledge=pending, reason="The number is another's.", paper=sheet("no.pdf", "no"), **step)
        ended.refresh_from_db()
        assert (ended.state, ended.ended_reason, ended.ended_date) == ("WITHDRAWN", "The number is another's.", today)
        assert ended.refusal is not None and ended.refusal.kind == "REGISTRY_REFUSAL"
        assert AuditEntry.objects.filter(action="pledge.refused_by_registry").count() == 1
        condition.refresh_from_db()
        assert condition.state == "SATISFIED"

    @every_role(Role)
    def test_is_the_work_of_officers_and_investigators(
        self, pending: Pledge, branch: Branch, sign_in: SignIn, role: Role, today: date
    ) -> None:
        client = sign_in(hire("somebody", role, branch=branch))
        given = {"refused_date": today.isoformat(), "reason": "Another's.", "paper": sheet("no.pdf", role.value)}
        client.post(reverse("collateral:pledge_refused", args=[pending.pk]), given)
        pending.refresh_from_db()
        assert (pending.state == "WITHDRAWN") is (role in SENDERS)


class TestSilence:
    def told(self) -> list[Alert]:
        return list(Alert.objects.filter(kind=Alert.Kind.REGISTRY_SILENT).order_by("id"))

    def deliver(self, pending: Pledge) -> None:
        rows = OutboxEvent.objects.filter(name="RegistrationOverdue").order_by("id")
        alert_on_silent_registry([RegistrationOverdue(**row.payload) for row in rows])

    def test_is_told_of_on_the_day_and_weekly_on_the_desk_of_who_sent_it(self, pending: Pledge, officer: User, today: date) -> None:
        days = [day for day in range(15, 38) if tell_silent_registries(business_date=today + timedelta(days=day))]
        assert days == [21, 28, 35]
        assert tell_silent_registries(business_date=today + timedelta(days=35)) == 0
        self.deliver(pending)
        (alert,) = self.told()
        assert (alert.owner, alert.state, alert.asset_id) == (officer, "OPEN", pending.asset_id)

    def test_ends_when_it_is_perfected_or_withdrawn(self, pending: Pledge, officer: User, investigator: User, today: date) -> None:
        late = today + timedelta(days=21)
        tell_silent_registries(business_date=late)
        self.deliver(pending)
        perfect_pledge(pledge=pending, registry_reference="R", actor=investigator, business_date=today)
        end_silence([PledgePerfected(**OutboxEvent.objects.get(name="PledgePerfected").payload)])
        (alert,) = self.told()
        assert (alert.state, alert.resolved_by, alert.outcome) == ("RESOLVED", None, "")
        assert tell_silent_registries(business_date=late + timedelta(days=70)) == 0
        # Told late: the registry has answered by then.
        self.deliver(pending)
        assert len(self.told()) == 1
        Pledge.objects.filter(pk=pending.pk).update(state="REGISTRATION_PENDING", perfected_by=None)
        self.deliver(pending)
        withdraw_pledge(pledge=pending, reason="Another car.", actor=officer, business_date=today)
        end_silence([PledgeWithdrawn(**OutboxEvent.objects.get(name="PledgeWithdrawn").payload)])
        assert [alert.state for alert in self.told()] == ["RESOLVED", "RESOLVED"]

    def test_costs_two_statements_however_many(self, pending: Pledge, today: date) -> None:
        with CaptureQueriesContext(connection) as queries:
            assert tell_silent_registries(business_date=today + timedelta(days=21)) == 1
        assert len([one for one in queries if "collateral_pledge" in one["sql"]]) == 1


class TestPages:
    def test_show_age_next_step_and_how_it_ended(self, pending: Pledge, officer: User, sign_in: SignIn, today: date) -> None:
        Pledge.objects.filter(pk=pending.pk).update(sent_date=today - timedelta(days=30))
        client, page = sign_in(officer), reverse("collateral:pledge_registry", args=[pending.pk])
        words = client.get(page).text
        assert "The registry has had it for 30 days" in words and "Record the refusal" in words and "AZ 12/26" in words
        assert "Record that it was sent" not in words
        assert page in client.get(reverse("collateral:asset_detail", args=[pending.asset_id])).text
        late = client.get(reverse("collateral:registry_list") + "?view=silent").text
        assert pending.asset.reference in late and "No answer" in late
        given = {"refused_date": today.isoformat(), "reason": "Sold before.", "paper": sheet("no.pdf", "no")}
        ended = client.post(reverse("collateral:pledge_refused", args=[pending.pk]), given, follow=True).text
        assert "Refused by the registry" in ended and "Sold before." in ended

    def test_let_who_may_perfect_it_there_and_say_who_that_is(
        self, pending: Pledge, officer: User, risk_manager: User, sign_in: SignIn
    ) -> None:
        page, action = reverse("collateral:pledge_registry", args=[pending.pk]), reverse("collateral:pledge_perfect", args=[pending.pk])
        shown = sign_in(officer).get(page).text
        assert f'action="{action}"' not in shown and "An investigator or risk manager perfects it" in shown
        client = sign_in(risk_manager)
        assert f'action="{action}"' in client.get(page).text
        client.post(action, {"registry_reference": "REG-1"})
        pending.refresh_from_db()
        assert pending.state == "PERFECTED"

    def test_list_what_is_to_be_sent_of_granted_files(self, proposed: Pledge, officer: User, sign_in: SignIn) -> None:
        client, page = sign_in(officer), reverse("collateral:registry_list") + "?view=unsent"
        assert proposed.asset.reference not in client.get(page).text
        Application.objects.filter(pk=proposed.application_id).update(state="ACCEPTED")
        assert proposed.asset.reference in client.get(page).text

    def test_list_costs_the_same_however_long(
        self, pending: Pledge, application: Application, register: Register, officer: User, sign_in: SignIn, today: date
    ) -> None:
        client, page = sign_in(officer), reverse("collateral:registry_list")
        client.get(page)

        def cost() -> int:
            with CaptureQueriesContext(connection) as queries:
                assert client.get(page).status_code == 200
            return len(queries)

        one = cost()
        for number in range(3):
            other = Application.objects.get(pk=application.pk)
            other.pk, other.reference = uuid7(), f"LA-9{number}"
            other.save(force_insert=True)
            Pledge.objects.create(
                asset=pending.asset, application=other, amount=1, rank=5 + number, state="REGISTRATION_PENDING", registry="R",
                sent_reference="A", sent_date=today, sent_by=officer,
            )  # fmt: skip
        assert cost() == one
