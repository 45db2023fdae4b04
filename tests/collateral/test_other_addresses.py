"""Another address than on file, seen on a visit or in a register, flags what is pledged before it and after."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from collateral.models import Asset
from collateral.services.owners import OwnerDraft
from collateral.services.pledge_proposals import propose_pledge
from core.events import deliver_pending
from core.models import User
from loans.models import Application, Borrower
from loans.services.documents import store_document
from risk.services.field_work import record_visit
from risk.services.investigations import open_investigation
from risk.services.registered_addresses import record_registered_address
from tests.collateral.conftest import Register
from tests.collateral.papers import sheet
from tests.collateral.test_services import another_application, open_codes


def hear() -> None:
    while deliver_pending():
        pass


class TestAnotherAddress:
    @pytest.fixture(autouse=True)
    def media(self, settings: Any, tmp_path: Any) -> None:
        settings.MEDIA_ROOT = tmp_path

    @pytest.fixture
    def visit(self, application: Application, investigator: User, today: date) -> Any:
        opened = open_investigation(application=application, business_date=today)
        opened.investigator = investigator
        opened.save()

        def make(address: str) -> None:
            record_visit(
                application=application, kind="VISIT", seen_date=today, people="Ada Alder", findings="Seen.", place=None, photos=[], measured=False,
                why_without="The phone was empty.",
                address=address, address_seen="Am Hafen 9" if address == "DIFFERS" else "", actor=investigator, business_date=today,
            )  # fmt: skip

        return make

    def test_that_a_visit_saw_flags_what_is_pledged(self, asset: Asset, visit: Any) -> None:
        visit("AGREES")
        assert open_codes(asset) == set()
        visit("DIFFERS")
        assert open_codes(asset) == {"address_differs"}
        assert "Hafen" not in str(asset.flags.get().evidence)

    def test_flags_what_is_pledged_after_the_visit_too(self, register: Register, visit: Any, asset: Asset, today: date) -> None:
        """Registered, or pledged once more, when the visit was long over."""
        other = another_application(asset.pledges.get().application)
        elsewhere = register(title_number="SN 77", description="Press", application=other)
        visit("DIFFERS")
        hear()
        late = register(title_number="SN 99", description="Drill")
        propose_pledge(asset=elsewhere, application=asset.pledges.get().application, actor=None, business_date=today)
        hear()
        assert [open_codes(one) for one in (late, elsewhere)] == [{"address_differs"}] * 2

    def test_that_the_last_visit_did_not_see_flags_nothing_later(self, register: Register, visit: Any) -> None:
        visit("DIFFERS")
        visit("AGREES")
        late = register()
        hear()
        assert open_codes(late) == set()

    def test_of_the_owning_company_in_a_register_flags_what_it_owns(
        self, register: Register, application: Application, asset: Asset, investigator: User, today: date
    ) -> None:
        """The owner stands for another's loan; the register shows the owner elsewhere: before the pledge or after it."""
        owner = Borrower.objects.create(
            reference="BR-O", branch=application.branch, kind="COMPANY", name="Birch Holding", country="DE",
            address_line="Lindenallee 4", postcode="24103", city="Kiel",
        )  # fmt: skip
        own = another_application(application)
        Application.objects.filter(pk=own.pk).update(borrower=owner)
        own.refresh_from_db()

        def owned(number: str) -> Asset:
            return register(title_number=number, description=f"Mill {number}", owners=[OwnerDraft(Fraction(1), person=owner)], owner=None)

        before = owned("SN 1")
        opened = open_investigation(application=own, business_date=today)
        opened.investigator = investigator
        opened.save()
        extract = store_document(application=own, kind="register", upload=sheet(), actor=investigator)
        record_registered_address(
            application=own, register="COMPANY", number="HRB 1", as_of_date=today, line="Am Hafen 9", postcode="20457", city="Hamburg",
            country="DE", document=extract, actor=investigator, business_date=today,
        )  # fmt: skip
        after = owned("SN 2")
        hear()
        for one in (before, after):
            flag = one.flags.get(code="address_differs")
            assert flag.text == "The address on file of who owns it is not the one that a register shows."
        assert "address_differs" not in open_codes(asset)
