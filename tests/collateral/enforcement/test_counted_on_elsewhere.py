"""An asset that is sold by enforcement, or is no more, while another decided file waits for its pledge:
the file is held, and named before.
"""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from collateral.models import DecidedCover, Pledge
from collateral.services.decided_covers import write_decided_cover
from collateral.services.enforcement import decide_enforcement
from collateral.services.pledge_proposals import propose_pledge
from collateral.services.total_loss import decide_total_loss, propose_total_loss
from core.models import Branch, User
from loans.models import Application, ApplicationHold, ConditionPrecedent, ProductVersion
from loans.services.holds import is_held, measure_again
from tests.collateral.enforcement.selling import Two, propose
from tests.collateral.papers import file_paper


@pytest.fixture
def counting(two: Two) -> Application:
    """A third file that was granted on the machine; its pledge is not registered yet."""
    book, _, machine = two
    book.value(machine, 90_000)
    ProductVersion.objects.update(collateral_kinds=["MACHINERY"], collateral_required=True)
    book.product.refresh_from_db()
    lent = book.lend(6_000, state="SIGNED")
    book.pledge(machine, lent, 6_000, rank=3, state="PROPOSED")
    ConditionPrecedent.objects.create(application=lent.application, code="collateral_perfected", title="Collateral perfected")
    write_decided_cover(lent.application, book.today)
    assert DecidedCover.objects.get(application=lent.application).available > 0
    return lent.application


def sell(two: Two, collector: User, second_approver: User) -> None:
    book, _, machine = two
    propose(book, machine, collector)
    decide_enforcement(asset=machine, confirm=True, reason="Seen", actor=second_approver, business_date=book.today)


def test_a_sale_holds_the_file_at_once_until_something_else_is_pledged(
    two: Two, counting: Application, collector: User, second_approver: User, officer: User
) -> None:
    book = two[0]
    assert not is_held(counting)
    sell(two, collector, second_approver)
    assert Pledge.objects.get(application=counting).state == "WITHDRAWN"
    hold = ApplicationHold.objects.get(application=counting)
    assert (hold.reason, hold.source, hold.released_at) == ("COLLATERAL", "decided_cover", None)
    measure_again(counting, business_date=book.today)
    assert is_held(counting), "the open condition alone does not let it go"
    propose_pledge(asset=book.asset(40_000, kind="MACHINERY"), application=counting, actor=officer, business_date=book.today)
    assert not is_held(counting)


def test_a_file_that_has_enough_without_it_goes_on(two: Two, counting: Application, collector: User, second_approver: User) -> None:
    book, _, _ = two
    Pledge.objects.create(asset=book.asset(40_000, kind="MACHINERY"), application=counting, amount=6_000, state="PROPOSED")
    sell(two, collector, second_approver)
    assert not is_held(counting)


def test_a_total_loss_does_the_same(
    two: Two, counting: Application, collector: User, second_approver: User, today: date, bank: object
) -> None:
    _, _, machine = two
    propose_total_loss(
        asset=machine,
        lost_date=today,
        reason="Burnt",
        proof=file_paper(machine, "LOSS_REPORT", today),
        actor=collector,
        business_date=today,
    )
    decide_total_loss(asset=machine, confirm=True, reason="Seen", actor=second_approver, business_date=today)
    assert ApplicationHold.objects.filter(application=counting, source="decided_cover", released_at=None).exists()


@pytest.mark.parametrize("page", ["collateral:enforce", "collateral:loss"])
def test_who_proposes_and_who_decides_see_the_file_named(
    two: Two, counting: Application, collector: User, second_approver: User, page: str
) -> None:
    book, _, machine = two
    propose(book, machine, collector)
    for person in (collector, second_approver):
        client = Client()
        client.force_login(person)
        shown = client.get(reverse(page, args=[machine.pk])).text
        assert counting.reference in shown and "Decided on it" in shown


def test_a_file_of_another_branch_is_not_named(two: Two, counting: Application, collector: User) -> None:
    Application.objects.filter(pk=counting.pk).update(branch=Branch.objects.create(code="B9", name="Far away"))
    client = Client()
    client.force_login(collector)
    shown = client.get(reverse("collateral:enforce", args=[two[2].pk])).text
    assert counting.reference not in shown and "A file of another branch" in shown
    refused = client.post(reverse("collateral:enforce", args=[two[2].pk]), {})
    assert refused.status_code == 422 and counting.reference not in refused.text and "A file of another branch" in refused.text
