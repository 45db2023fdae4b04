"""An asset that its owner sells while somebody else pledges, perfects, gives back, loses or sells it in another connection: one of them is
first, the other one sees what was done, and nothing happens twice.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from collateral.models import Asset, Pledge, Realisation, Valuation
from collateral.services.pledge_proposals import propose_pledge
from collateral.services.pledges import perfect_pledge, withdraw_pledge, withdraw_waiting
from collateral.services.realisations import record_realisation
from collateral.services.releases import decide_release, propose_release
from collateral.services.total_loss import decide_total_loss, propose_total_loss
from core.errors import DomainError
from core.models import AuditEntry, User
from core.uuids import uuid7
from loans.models import Application
from loans.services.conditions import list_open_conditions
from loans.services.decisions import decide_application
from tests.collateral.conftest import put_on_file
from tests.collateral.papers import file_paper

Act = Callable[[], object]
WAITS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0"
LONGEST = 20


def outcome(act: Act) -> str:
    """What came of it: "ok", or the code of the refusal."""
    try:
        act()
    except DomainError as refusal:
        return refusal.code
    return "ok"


def in_turn(first: Act, second: Act) -> tuple[str, str]:
    """Let the second begin when the first has done its work and not ended its transaction, on connections of their own; the first ends once
    the second waits for it, or is through without. Gives what came of each.
    """
    done, end, said = threading.Event(), threading.Event(), {}

    def hold() -> None:
        try:
            with transaction.atomic():
                said["first"] = outcome(first)
                done.set()
                end.wait(LONGEST)
        finally:
            done.set()
            connection.close()

    def follow() -> None:
        try:
            done.wait(LONGEST)
            said["second"] = outcome(second)
        finally:
            connection.close()

    holder, follower = threading.Thread(target=hold), threading.Thread(target=follow)
    holder.start()
    follower.start()
    until = time.monotonic() + LONGEST
    while follower.is_alive() and time.monotonic() < until and not _somebody_waits():
        time.sleep(0.01)
    end.set()
    holder.join(LONGEST)
    follower.join(LONGEST)
    return said["first"], said["second"]


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(WAITS)
        return bool(cursor.fetchone()[0])


# By what happens beside the sale: whether the sale is first, what came of both in their order, and what stands afterwards.
CASES = [
    ("perfect", True, ("ok", "wrong_state"), "SOLD", "WITHDRAWN"),
    ("perfect", False, ("ok", "still_pledged"), "REGISTERED", "PERFECTED"),
    # What is only proposed hinders no owner: the sale takes it back.
    ("propose", True, ("ok", "gone"), "SOLD", "WITHDRAWN"),
    ("propose", False, ("ok", "ok"), "SOLD", "WITHDRAWN"),
    # Given back, but not for good yet: the owner waits until it is.
    ("release", True, ("still_pledged", "ok"), "REGISTERED", "RELEASED"),
    ("release", False, ("ok", "ok"), "SOLD", "RELEASED"),
    ("lose", True, ("ok", "gone"), "SOLD", "WITHDRAWN"),
    ("lose", False, ("ok", "already_advanced"), "DESTROYED", "WITHDRAWN"),
    ("sell", True, ("ok", "already_advanced"), "SOLD", "WITHDRAWN"),
]
THINGS = ("Lathe", "Press", "Crane", "Oven", "Mill", "Loom", "Forklift", "Pump", "Kiln")


@pytest.mark.django_db(transaction=True)
def test_one_is_first_and_the_other_sees_what_was_done(application: Application, officer: User, risk_manager: User, today: date) -> None:
    for number, ((rival, sale_first, said, state, pledged), thing) in enumerate(zip(CASES, THINGS, strict=True)):
        case = f"{rival}, {'the sale' if sale_first else 'it'} first"
        files = [_another(application, f"LA-{number}-{name}") for name in "AB"]
        asset = put_on_file(files[0], officer, today, description=thing, title_number=f"SN {number}{number}{number}")
        Valuation.objects.create(
            asset=asset, ordered_date=today, state="ACCEPTED", method="COMPARISON", market_value=200_000, currency="EUR",
            valued_date=today, expires_date=today + timedelta(days=365),
        )  # fmt: skip
        sell, act = _acts(rival, asset, files, officer, risk_manager, today)
        assert (in_turn(sell, act) if sale_first else in_turn(act, sell)) == said, case
        asset.refresh_from_db()
        assert (asset.state, set(asset.pledges.values_list("state", flat=True))) == (state, {pledged}), case
        told = AuditEntry.objects.filter(target_label=asset.reference)
        sold = 1 if state == "SOLD" else 0
        assert Realisation.objects.filter(asset=asset).count() == told.filter(action="asset.sold").count() == sold, case
        assert told.filter(action="pledge.withdrawn").count() == asset.pledges.filter(state="WITHDRAWN").count(), case
        if "still_pledged" in said:
            # Who came too early sells once nothing stands in the way any more.
            assert outcome(sell) == ("ok" if rival == "release" else "still_pledged"), case


@pytest.mark.parametrize("how", ["withdraw", "perfect"])
@pytest.mark.django_db(transaction=True)
def test_of_two_pledges_of_a_file_each_sees_what_became_of_the_other(
    application: Application, officer: User, approver: User, today: date, how: str
) -> None:
    """Each covers the file by itself, so one of them may be withdrawn; and what is perfected last meets the condition."""
    assets = [put_on_file(application, officer, today, description=thing, title_number=f"SN {thing}") for thing in ("Lathe", "Press")]
    for asset in assets:
        Valuation.objects.create(
            asset=asset, ordered_date=today, state="ACCEPTED", method="COMPARISON", market_value=200_000, currency="EUR",
            valued_date=today, expires_date=today + timedelta(days=365),
        )  # fmt: skip
    granted = {"amount": application.amount, "term_months": 60, "annual_rate": Decimal("0.06"), "conditions": [], "reasons": []}
    said: dict[str, Any] = {"outcome": "APPROVED", "actor": approver, "business_date": today, "secured": True}
    decide_application(application=application, **said, **granted)
    first, second = (asset.pledges.get() for asset in assets)
    asked: dict[str, dict[str, Any]] = {
        "withdraw": {"reason": "The other is enough.", "actor": officer, "business_date": today},
        "perfect": {"registry_reference": "REG-1", "actor": None, "business_date": today},
    }
    act = withdraw_pledge if how == "withdraw" else perfect_pledge
    both = in_turn(lambda: act(pledge=first, **asked[how]), lambda: act(pledge=second, **asked[how]))
    left = [one.code for one in list_open_conditions(application)]
    if how == "withdraw":
        assert both == ("ok", "counted_on") and Pledge.objects.filter(state="PROPOSED").count() == 1
    else:
        assert both == ("ok", "ok") and left == ["contract_signed"]


@pytest.mark.django_db
def test_several_pledges_of_a_file_end_with_their_assets_held_before_the_file(application: Application, officer: User, today: date) -> None:
    """Who perfects one of them holds its asset and waits for the file: if the file were held first, each would wait for the other."""
    for thing in ("Lathe", "Press"):
        put_on_file(application, officer, today, description=thing, title_number=f"SN {thing}")
    with CaptureQueriesContext(connection) as queries:
        withdraw_waiting(application.pledges.all(), reason="Closed", business_date=today)
    held = [re.findall(r'FROM "(\w+)"', one["sql"])[0] for one in queries if "FOR UPDATE OF" in one["sql"]]
    first = next(one["sql"] for one in queries if "FOR UPDATE" in one["sql"])
    assert held[0] == "collateral_asset" and "collateral_pledge" in first, "all of them at once"
    assert set(Pledge.objects.values_list("state", flat=True)) == {"WITHDRAWN"}


def _another(application: Application, reference: str) -> Application:
    made = Application.objects.get(pk=application.pk)
    made.pk, made.reference, made._state.adding = uuid7(), reference, True
    made.save()
    return made


def _acts(rival: str, asset: Asset, files: Sequence[Application], officer: User, risk_manager: User, today: date) -> tuple[Act, Act]:
    """The sale by the owner, and what happens beside it; what comes before that is done."""
    pledge = asset.pledges.get()
    shared: dict[str, Any] = {"business_date": today, "actor": None}
    word: dict[str, Any] = {"confirm": True, "reason": "Seen.", "actor": risk_manager, "business_date": today}

    def sell() -> object:
        return record_realisation(asset=asset, sold_date=today, price=Decimal(9_000), **shared)

    def perfect() -> object:
        return perfect_pledge(pledge=pledge, registry_reference="REG-1", **shared)

    if rival == "release":
        perfect()
        # The file came to nothing.
        Application.objects.filter(pk=files[0].pk).update(state="DECLINED")
        propose_release(pledge=pledge, kind="release", reason="To be sold.", actor=officer, business_date=today)
    if rival == "lose":
        propose_total_loss(
            asset=asset, lost_date=today, reason="Burnt.", proof=file_paper(asset, "LOSS_REPORT", today), actor=officer, business_date=today
        )
    rivals: dict[str, Act] = {
        "perfect": perfect,
        "propose": lambda: propose_pledge(asset=asset, application=files[1], **shared),
        "release": lambda: decide_release(pledge=pledge, **word),
        "lose": lambda: decide_total_loss(asset=asset, **word),
        "sell": sell,
    }
    return sell, rivals[rival]
