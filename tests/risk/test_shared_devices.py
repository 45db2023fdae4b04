"""Devices that partners hand in: kept like other personal data, found where strangers share one, forgotten after their days."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from ipaddress import IPv4Address, ip_address
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from core.models import AuditEntry, BankState, Branch, PartnerClient, User
from core.services.partners import register_partner
from loans.domain.devices import telling_device, telling_network
from loans.models import Application
from loans.services.direct_intake import intake_application
from risk.models import ApplicationTrace
from risk.services.device_retention import forget_old_devices
from risk.services.fraud import look_for_fraud
from tests.risk.conftest import TODAY
from tests.risk.web.conftest import sign_in
from tests.shared_rows import shared

__all__ = ["sign_in"]
PHONE = "install-7f3c91d2"
HOME = "203.0.113.7"
Make = Callable[..., Application]


@shared
def partner(branch: Branch) -> PartnerClient:
    return register_partner(name="First Partner", client_id="partner-1", client_secret="a-secret", branch=branch, actor=None)


@pytest.fixture
def sent(branch: Branch, product: None, partner: PartnerClient, officer: User) -> Make:
    """An application of applicant `number`, through the partner from a device, or over the counter."""

    def make(
        number: int, device: str = "", address: str = "", *, counter: bool = False, day: date = TODAY, related: Any = ()
    ) -> Application:
        names = ("Freya Lindqvist", "Bruno Castellani", "Oksana Marchenko", "Teodor Vukasovic", "Ngozi Adeyemi", "Pilar Echeverria")
        data = {
            "product": "personal", "amount": "12000.00", "currency": "EUR", "term_months": "36",
            "purpose": {"code": "car", "text": "Car", "payees": []},
            "applicant": {
                "kind": "person", "name": names[number], "birth_date": f"{1960 + number}-0{1 + number}-1{number}",
                "national_id": f"L01X{number:05d}",
            },
            "related_parties": list(related),
            "device": {"id": device, "ip_address": address},
        }  # fmt: skip
        application = intake_application(
            data=data, branch=branch, actor=officer if counter else None, partner=None if counter else partner, business_date=day
        )
        return Application.objects.select_related("borrower").get(pk=application.pk)

    return make


def rules(application: Application, day: date = TODAY) -> set[str]:
    look_for_fraud(application=application, business_date=day)
    return set(application.fraud_signals.values_list("rule", flat=True))


@pytest.mark.django_db
class TestSharing:
    def test_one_device_of_two_strangers_holds_the_later_file(self, sent: Make) -> None:
        first, second = sent(0, PHONE, HOME), sent(1, PHONE, "198.51.100.9")
        assert rules(first) == set()
        assert rules(second) == {"DEVICE"}
        assert second.fraud_signals.get().evidence == {
            "words": "The machine this was sent from was also used by one other applicant.", "others": [str(first.pk)],
            "rules": "fraud rules by default",
        }  # fmt: skip

    def test_a_person_alone_and_a_household_share_theirs(self, sent: Make) -> None:
        assert [rules(sent(0, PHONE, HOME)), rules(sent(0, PHONE, HOME))] == [set(), set()]
        spouse = {"role": "spouse", "kind": "person", "name": "Bruno Castellani", "birth_date": "1961-02-11", "national_id": "L01X00001"}
        rules(sent(2, "install-of-another", related=[spouse]))
        rules(sent(3, "install-8e2a77"))
        assert rules(sent(1, "install-of-another")) == set(), "they stood in one file before"

    def test_the_banks_own_machines_do_not_count(self, sent: Make, settings: Any) -> None:
        for number in range(2):
            assert rules(sent(number, PHONE, HOME, counter=True)) == set()
        assert not Application.objects.exclude(device_index=None, network_index=None).exists(), "a counter's machine is not the applicant's"
        settings.CREDENCE_OWN_DEVICES, settings.CREDENCE_OWN_ADDRESSES = ["install 7F3C91D2"], [HOME]
        assert [rules(sent(number, PHONE, HOME)) for number in range(2, 6)] == [set()] * 4
        settings.CREDENCE_OWN_DEVICES = []
        assert rules(Application.objects.latest("id")) == set(), "the others' traces were never laid"

    def test_an_internet_address_of_many_in_one_week(self, sent: Make) -> None:
        assert rules(sent(5, "", HOME, day=TODAY - timedelta(days=8)), TODAY - timedelta(days=8)) == set()
        assert [rules(sent(number, f"install-{number:08d}", HOME)) for number in range(4)] == [set(), set(), set(), {"NETWORK"}]

    def test_stands_in_the_picture_of_who_shares_what(self, sent: Make, investigator: User, sign_in: Callable[[User], Client]) -> None:
        rules(sent(0, PHONE))
        second = sent(1, PHONE)
        rules(second)
        page = sign_in(investigator).get(reverse("risk:signals_panel", args=[second.pk])).text
        assert "Device shared" in page and "shares device with 1 other file" in page and PHONE not in page


@pytest.mark.django_db
class TestKeeping:
    def test_nothing_lies_in_clear(self, sent: Make) -> None:
        application = sent(0, PHONE, HOME)
        rules(application)
        with connection.cursor() as cursor:
            cursor.execute("SELECT device, network, draft, stated::text FROM loans_application")
            row = b"".join(bytes(value) if not isinstance(value, str) else value.encode() for value in cursor.fetchone())
        assert PHONE.encode() not in row and b"203.0" not in row
        assert (application.device, application.network) == (PHONE, "203.000.113.007")

    def test_ends_after_its_days_with_the_traces(self, sent: Make, settings: Any, bank: BankState) -> None:
        settings.CREDENCE_DEVICE_DAYS = 100
        old, young = sent(0, PHONE, HOME), sent(1, "install-0001-2222", HOME, day=TODAY + timedelta(days=1))
        rules(old), rules(young)
        after = TODAY + timedelta(days=100)
        assert forget_old_devices(business_date=after) == 0
        assert forget_old_devices(business_date=after + timedelta(days=1)) == 1
        old.refresh_from_db(), young.refresh_from_db()
        assert (old.device, old.device_index, old.network, old.network_index) == ("", None, "", None)
        assert young.device == "install-0001-2222"
        made_of_them = ApplicationTrace.objects.filter(kind__in=["DEVICE", "NETWORK"])
        assert set(made_of_them.values_list("application", flat=True)) == {young.pk}
        assert AuditEntry.objects.get(action="devices.forgotten").details == {"applications": 1}
        assert forget_old_devices(business_date=after + timedelta(days=1)) == 0


class TestForm:
    @pytest.mark.parametrize("text", ["", "1234567", "00000000-0000-0000-0000-000000000000", "--------", "ÄÄÄÄÄÄÄÄÄ"])
    def test_what_tells_no_machine_from_another_is_none(self, text: str) -> None:
        assert telling_device(text) == ""

    @pytest.mark.parametrize(
        "text", ["10.1.2.3", "127.0.0.1", "100.64.3.2", "192.168.178.20", "::1", "fe80::1", "fd00::5", "::ffff:10.0.0.1"]
    )
    def test_what_stands_in_many_houses_is_none(self, text: str) -> None:
        assert telling_network(text) == ""

    def test_a_home_is_one_whatever_its_last_64_bits(self) -> None:
        assert telling_network("2001:db8::1") == telling_network("2001:0DB8:0:0:ffff::9") != telling_network("2001:db8:0:1::1")
        assert telling_network("::ffff:203.0.113.7") == telling_network(HOME)

    @given(st.ip_addresses(v=4), st.ip_addresses(v=4))
    def test_two_addresses_never_become_one(self, one: IPv4Address, other: IPv4Address) -> None:
        mine, theirs = telling_network(str(one)), telling_network(str(other))
        assert one == other or not mine or mine.replace(".", "") != theirs.replace(".", "")

    @given(st.ip_addresses())
    def test_reading_twice_changes_nothing(self, address: Any) -> None:
        text = telling_network(str(address))
        assert not text or ":" not in text or telling_network(text) == text

    @given(st.text(max_size=60))
    def test_no_text_breaks_it(self, text: str) -> None:
        telling_device(text)
        try:
            telling_network(text)
        except ValueError:
            with pytest.raises(ValueError, match="does not appear"):
                ip_address(text.strip())
