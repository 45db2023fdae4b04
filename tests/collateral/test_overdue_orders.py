"""Orders that appraisers let lie: reminded, told of, withdrawn with a reason, drawn anew among the others, and counted."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from collateral.models import Asset, Valuation
from collateral.selectors.appraisers import list_performance
from collateral.services.appraisers import record_firm
from collateral.services.ended_work import end_open_work
from collateral.services.valuations import (
    UnableToOrderValuation,
    UnableToSubmitValuation,
    UnableToWithdrawOrder,
    challenge_valuation,
    order_another_valuation,
    order_valuation,
    remind_appraiser,
    remind_overdue,
    withdraw_order,
)
from core.errors import Conflict
from core.events import deliver_pending
from core.models import AuditEntry, BankState, Branch, User
from core.roles import Role
from monitoring.models import Alert
from tests.collateral.conftest import Register, SignIn, Value, hire
from tests.collateral.test_services import world
from tests.every_role import every_role
from tests.shared_rows import shared


@shared
def late(bank: BankState, today: date) -> date:
    """The first day on which an order of today is overdue; the bank stands on it."""
    day = today + timedelta(days=15)
    BankState.objects.update(business_date=day)
    return day


def withdraw(valuation: Valuation, actor: User, day: date, reason: str = "Not a word for two weeks.") -> Valuation:
    made = withdraw_order(valuation=valuation, reason=reason, actor=actor, business_date=day)
    assert made is not None
    return made


class TestWithdrawing:
    def test_draws_among_the_others_and_leaves_out_who_let_it_lapse(
        self, ordered: Valuation, appraisers: list[User], investigator: User, late: date
    ) -> None:
        new = withdraw(ordered, investigator, late)
        ordered.refresh_from_db()
        assert (ordered.state, ordered.decided_by, ordered.decision_reason) == ("WITHDRAWN", investigator, "Not a word for two weeks.")
        assert {new.appraiser, ordered.appraiser} == set(appraisers)
        assert (new.state, new.round, new.due_date) == ("ORDERED", ordered.round, late + timedelta(days=14))
        entry = AuditEntry.objects.get(action="valuation.withdrawn")
        assert entry.details["reason"] == "Not a word for two weeks."
        # The second lets it lapse too: the first is not drawn again, so nobody is left and the order stays.
        with pytest.raises(UnableToWithdrawOrder, match="nobody_else"):
            withdraw(new, investigator, late + timedelta(days=15))
        new.refresh_from_db()
        assert new.state == "ORDERED"

    def test_leaves_out_whom_the_first_order_left_out_too(
        self, asset: Asset, appraisers: list[User], branch: Branch, investigator: User, today: date, late: date
    ) -> None:
        """An inspector who asked for a value does not give it, however often it is drawn anew."""
        inspector, third = appraisers[0], hire("carl_appraiser", Role.APPRAISER, branch=branch)
        first = order_valuation(asset=asset, actor=None, business_date=today, reason="Asked for by an inspector", without=(inspector.pk,))
        again = withdraw(first, investigator, late)
        assert {first.appraiser, again.appraiser} == {appraisers[1], third}
        assert again.barred == [inspector.pk]
        with pytest.raises(UnableToWithdrawOrder, match="nobody_else"):
            withdraw(again, investigator, late + timedelta(days=15))
        hire("dora_appraiser", Role.APPRAISER, branch=branch)
        assert withdraw(again, investigator, late + timedelta(days=15)).appraiser.username == "dora_appraiser"  # type: ignore[union-attr]

    def test_leaves_out_the_same_beside_a_value_that_waits(
        self, asset: Asset, appraisers: list[User], branch: Branch, investigator: User, submit: Value, today: date
    ) -> None:
        first = order_valuation(
            asset=asset, actor=None, business_date=today, reason="Asked for by an inspector", without=(appraisers[0].pk,)
        )
        submit(first)
        with pytest.raises(UnableToOrderValuation, match="no_appraiser"):
            order_another_valuation(asset=asset, reason="To compare", actor=investigator, business_date=today, third_party=False)

    def test_takes_nothing_more_from_who_let_it_lapse(self, ordered: Valuation, investigator: User, submit: Value, late: date) -> None:
        withdraw(ordered, investigator, late)
        with pytest.raises(UnableToSubmitValuation, match="withdrawn"):
            submit(ordered)

    def test_waits_for_the_day_and_asks_for_a_reason(self, ordered: Valuation, investigator: User, today: date) -> None:
        due = today + timedelta(days=14)
        for day, reason, code in ((due, "Slow.", "not_overdue"), (due + timedelta(days=1), " ", "reason_missing")):
            with pytest.raises(UnableToWithdrawOrder) as refusal:
                withdraw(ordered, investigator, day, reason)
            assert refusal.value.code == code

    def test_is_too_late_once_the_value_is_in(self, submitted: Valuation, investigator: User, late: date) -> None:
        with pytest.raises(Conflict):
            withdraw(submitted, investigator, late)

    def test_holds_for_a_question_that_is_not_answered(
        self, submitted: Valuation, approver: User, investigator: User, today: date, late: date
    ) -> None:
        challenge_valuation(valuation=submitted, reason="Which sales?", actor=approver, business_date=late)
        with pytest.raises(UnableToWithdrawOrder, match="not_overdue"):
            withdraw(submitted, investigator, late)
        new = withdraw(submitted, investigator, late + timedelta(days=15))
        assert (new.state, submitted.together().count()) == ("ORDERED", 2)

    def test_keeps_to_other_firms_where_one_was_asked_for(
        self, asset: Asset, appraisers: list[User], branch: Branch, investigator: User, risk_manager: User, today: date, late: date
    ) -> None:
        outside = [appraisers[0], hire("clara_outside", Role.APPRAISER, branch=branch)]
        for person in outside:
            record_firm(person=person, firm="Elbe Valuations", actor=risk_manager, business_date=today)
        first = order_valuation(asset=asset, actor=investigator, business_date=today, third_party=True, outside_reason="FAR")
        new = withdraw(first, investigator, late)
        assert ({first.appraiser, new.appraiser}, new.third_party) == (set(outside), True)

    def test_of_one_of_two_blind_ones_draws_neither_of_them(
        self, register: Register, appraisers: list[User], branch: Branch, investigator: User, submit: Value, today: date, late: date
    ) -> None:
        third = hire("clara_appraiser", Role.APPRAISER, branch=branch)
        asset = register(stated_value=Decimal(4_000_000))
        first, second = order_valuation(asset=asset, actor=investigator, business_date=today).together().order_by("id")
        submit(first, "4000000.00")
        new = withdraw(second, investigator, late)
        first.refresh_from_db()
        assert ({new.appraiser}, first.sealed) == ({third, *appraisers} - {first.appraiser, second.appraiser}, True)
        submit(new, "4100000.00", business_date=late)
        first.refresh_from_db()
        assert not first.sealed

    def test_is_never_ones_own(self, ordered: Valuation, late: date) -> None:
        assert ordered.appraiser is not None
        ordered.appraiser.role_rows.create(role=Role.RISK_MANAGER)
        person = User.objects.get(pk=ordered.appraiser_id)
        for act in (lambda: withdraw(ordered, person, late), lambda: remind_appraiser(valuation=ordered, actor=person, business_date=late)):
            with pytest.raises(UnableToWithdrawOrder, match="own_order"):
                act()

    def test_without_a_reason_is_refused_by_the_database(self, ordered: Valuation, investigator: User) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            Valuation.objects.filter(pk=ordered.pk).update(state="WITHDRAWN", decided_by=investigator)


class TestOfWhatSecuresNothing:
    @pytest.mark.parametrize("how", ["SOLD", "DESTROYED", "RELEASED"])
    def test_is_nobodys_work_any_more(self, ordered: Valuation, appraisers: list[User], investigator: User, late: date, how: str) -> None:
        asset = ordered.asset
        asset.flags.create(code="idle", text="It stands still.", raised_date=late)
        if how == "RELEASED":
            asset.pledges.update(state=how)
        else:
            Asset.objects.filter(pk=asset.pk).update(state=how)
        with pytest.raises(UnableToOrderValuation, match="idle"):
            order_valuation(asset=asset, actor=investigator, business_date=late)
        assert end_open_work(business_date=late) == (1 if how == "RELEASED" else 2)
        ordered.refresh_from_db()
        assert (ordered.state, ordered.decided_by) == ("WITHDRAWN", None)
        assert asset.flags.get().state == ("OPEN" if how == "RELEASED" else "ENDED")
        assert remind_overdue(business_date=late) == 0 and end_open_work(business_date=late) == 0
        assert not sum(row.withdrawn for row in list_performance(today=late))

    def test_is_withdrawn_without_another_draw(self, ordered: Valuation, appraisers: list[User], investigator: User, late: date) -> None:
        ordered.asset.pledges.update(state="WITHDRAWN")
        made = withdraw_order(valuation=ordered, reason="Nothing is lent.", actor=investigator, business_date=late)
        assert made is None and Valuation.objects.get().state == "WITHDRAWN"

    def test_goes_on_where_something_is_secured(self, ordered: Valuation, late: date) -> None:
        assert end_open_work(business_date=late) == 0


class TestReminding:
    def test_is_done_by_the_night_weekly_and_told_until_it_is_answered(self, ordered: Valuation, late: date) -> None:
        assert remind_overdue(business_date=late - timedelta(days=1)) == 0
        days = [late + timedelta(days=number) for number in range(15)]
        assert [remind_overdue(business_date=day) for day in days] == [1, *[0] * 6, 1, *[0] * 6, 1]
        assert remind_overdue(business_date=days[-1]) == 0
        while deliver_pending():
            pass
        ordered.refresh_from_db()
        assert (ordered.reminders, ordered.reminded_date) == (3, days[-1])
        alert = Alert.objects.get()
        assert (alert.kind, alert.asset, alert.branch) == ("VALUE_LATE", ordered.asset, ordered.asset.branch)
        assert AuditEntry.objects.filter(action="valuation.reminded").count() == 3

    def test_costs_the_same_however_many_are_late(
        self, register: Register, appraisers: list[User], investigator: User, late: date, django_assert_max_num_queries: Any
    ) -> None:
        for number in range(6):
            asset = register(title_number=f"SN {number}", description=f"Lathe {number}")
            Valuation.objects.create(
                asset=asset, appraiser=appraisers[0], ordered_date=late, due_date=late - timedelta(days=1), currency="EUR"
            )
        # Who is late, the statement, the audit trail, the events, and savepoints around them.
        with django_assert_max_num_queries(10):
            assert remind_overdue(business_date=late) == 6

    def test_by_a_person_is_once_a_day_and_seen_by_the_appraiser(
        self, ordered: Valuation, investigator: User, late: date, sign_in: SignIn
    ) -> None:
        remind_appraiser(valuation=ordered, actor=investigator, business_date=late)
        with pytest.raises(UnableToWithdrawOrder, match="reminded_today"):
            remind_appraiser(valuation=ordered, actor=investigator, business_date=late)
        assert ordered.appraiser is not None
        client = sign_in(ordered.appraiser)
        assert "Overdue" in client.get(reverse("collateral:asset_list")).text
        assert "you were reminded on" in client.get(reverse("collateral:asset_detail", args=[ordered.asset_id])).text


class TestTheRecord:
    def test_counts_what_came_late_and_what_never_came(
        self, ordered: Valuation, investigator: User, submit: Value, risk_manager: User, late: date, sign_in: SignIn
    ) -> None:
        def record() -> dict[User, tuple[int, int]]:
            return {one.person: (one.late, one.withdrawn) for one in list_performance(today=late + timedelta(days=20))}

        first = ordered.appraiser
        assert first is not None and record()[first] == (1, 0)
        new = withdraw(ordered, investigator, late)
        second = new.appraiser
        assert second is not None and (record()[first], record()[second]) == ((0, 1), (1, 0))
        submit(new, business_date=late)
        assert (record()[first], record()[second]) == ((0, 1), (0, 0))
        assert "1 let lapse" in sign_in(risk_manager).get(reverse("collateral:appraisers")).text


# Who may do what: the page with the form, withdrawing, reminding.
ORDERERS = {Role.INVESTIGATOR, Role.RISK_MANAGER}
WIDE = {Role.RISK_MANAGER, Role.COMPLIANCE, Role.AUDITOR, Role.VALIDATOR}


class TestEveryRole:
    @every_role(Role)
    def test_sees_and_does_only_what_is_its_own(
        self, ordered: Valuation, branch: Branch, other_branch: Branch, late: date, sign_in: SignIn, role: Role
    ) -> None:
        client = sign_in(hire("somebody", role, branch=branch))
        page = client.get(reverse("collateral:order_list"))
        assert page.status_code == (403 if role in (Role.ADMINISTRATOR, Role.APPRAISER) else 200)
        if page.status_code == 200:
            assert "Lathe, five axes" in page.text and "1 day" in page.text
            assert f"{ordered.asset.reference},".encode() in client.get(reverse("collateral:order_list"), {"export": "csv"}).getvalue()
        order, remind = (reverse(f"collateral:valuation_{name}", args=[ordered.pk]) for name in ("withdraw", "remind"))
        stranger = sign_in(hire("stranger", role, branch=other_branch))
        before = world()
        if role in ORDERERS:
            assert "Withdraw the order" in client.get(order).text
            assert client.post(order, {"reason": ""}).status_code == 422 and world() == before
            if role not in WIDE:
                assert [stranger.get(order).status_code, stranger.post(remind).status_code] == [404, 404] and world() == before
            assert "is reminded" in client.post(remind, follow=True).text
            assert "Another appraiser was drawn" in client.post(order, {"reason": "No word."}, follow=True).text
            assert ordered.together().filter(state="ORDERED").count() == 1
        else:
            answers = [client.get(order), client.post(order, {"reason": "No word."}), client.post(remind)]
            assert {answer.status_code for answer in answers} == {403}
            assert world() == before

    @pytest.mark.parametrize("number", [2, 9])
    def test_reads_a_list_that_costs_the_same_however_long(
        self,
        register: Register,
        appraisers: list[User],
        investigator: User,
        late: date,
        sign_in: SignIn,
        number: int,
        django_assert_num_queries: Any,
    ) -> None:
        for position in range(number):
            asset = register(title_number=f"SN {position}", description=f"Lathe {position}")
            Valuation.objects.create(
                asset=asset, appraiser=appraisers[0], ordered_date=late, due_date=late - timedelta(days=1), currency="EUR"
            )
        client = sign_in(investigator)
        client.get(reverse("collateral:order_list"))
        # Session, person, roles, branches; views, count and rows; business date and the frame's freshness.
        with django_assert_num_queries(9):
            assert client.get(reverse("collateral:order_list")).text.count("data-row") == number
