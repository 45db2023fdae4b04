"""Who owns an asset: in shares that are whole on every day, with everybody's consent, and nobody whom screening stops."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collateral.domain.ownership import NoShare, read_share, same_names, show_share
from collateral.models import Asset, AssetOwner, OwnerConsent, OwnerShare, Ownership
from collateral.selectors.owners import owners_on
from collateral.services.assets import UnableToRegisterAsset
from collateral.services.owners import OwnerDraft, UnableToRecordOwners, record_ownership
from collateral.services.titles import UnableToCheckTitle, check_title
from collateral.services.valuations import UnableToOrderValuation, UnableToSubmitValuation, order_valuation, submit_valuation
from core.models import Branch, User
from core.roles import Role
from loans.models import Application, Borrower
from loans.services.intake import Party
from tests.collateral.conftest import Register, SignIn, hire
from tests.collateral.test_services import open_codes, world

SISTER = Party("", "PERSON", "Hedda Lindholm", date(1979, 4, 2), national_id="L01X00T47")
FIRM = Party("", "COMPANY", "Birch Holding GmbH", registration_number="HRB 5")


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def paper(name: str = "consent.pdf", content: bytes = b"%PDF-1.7 signed") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def halves(borrower: Borrower | None, party: Party = SISTER) -> list[OwnerDraft]:
    return [OwnerDraft(Fraction(1, 2), person=borrower), OwnerDraft(Fraction(1, 2), party=party)]


def register_world() -> list[Any]:
    kept = [list(model.objects.order_by("pk").values()) for model in (AssetOwner, Ownership, OwnerShare, OwnerConsent)]
    return [*world(), *kept, list(Borrower.objects.order_by("pk").values_list("pk", "name"))]


@pytest.fixture
def shared(register: Register, application: Application) -> Asset:
    """A lathe of the borrower and her sister, half each."""
    return register(owners=halves(application.borrower))


@pytest.fixture
def keep(asset: Asset, officer: User, today: date) -> Any:
    def make(*owners: OwnerDraft, **changes: Any) -> Ownership:
        values: dict[str, Any] = {"from_date": today, "reason": "Bought", "actor": officer, "business_date": today}
        return record_ownership(asset=asset, owners=owners, **{**values, **changes})

    return make


class TestShares:
    @pytest.mark.parametrize(
        ("text", "share"),
        [("1/3", Fraction(1, 3)), (" 25 % ", Fraction(1, 4)), ("33,3333%", Fraction(333333, 1000000)), ("1", Fraction(1))],
    )
    def test_are_read_exactly(self, text: str, share: Fraction) -> None:
        assert read_share(text) == share

    @pytest.mark.parametrize("text", ["", "half", "50", "1/0", "-1/2", "0.5", "1e2%", "½"])
    def test_are_no_guess(self, text: str) -> None:
        with pytest.raises(NoShare):
            read_share(text)

    def test_are_shown_as_people_say_them(self) -> None:
        assert [show_share(Fraction(*pair)) for pair in ((1, 1), (1, 2), (1, 3))] == ["all", "50%", "1/3"]

    def test_belong_to_who_registered(self, asset: Asset, application: Application, today: date) -> None:
        assert [(row.owner.person, row.share) for row in owners_on(asset, today)] == [(application.borrower, 1)]
        assert owners_on(asset, today - timedelta(days=1)) == []

    @pytest.mark.parametrize(
        ("parts", "code"),
        [(("99/100",), "not_whole"), (("1/2", "1/3"), "not_whole"), (("1/2", "1/2", "1/2"), "not_whole"), ((), "required"), (("3/2",), "out_of_bounds"),
         (("1/3", "333333/1000000", "333334/1000000"), "not_whole"), (("1/9999999", "9999998/9999999"), "too_fine")],
    )  # fmt: skip
    def test_have_to_be_whole(self, keep: Any, branch: Branch, parts: tuple[str, ...], code: str) -> None:
        people = [
            Borrower.objects.create(reference=f"BR-X{n}", branch=branch, kind="COMPANY", name=f"Firm {n}", country="DE") for n in range(3)
        ]
        before = register_world()
        with pytest.raises(UnableToRecordOwners) as refusal:
            keep(*(OwnerDraft(Fraction(part), person=person) for part, person in zip(parts, people, strict=False)))
        assert code in [fault.code for fault in refusal.value.faults]
        assert register_world() == before

    def test_of_one_owner_stand_once(self, keep: Any, application: Application) -> None:
        twice = [OwnerDraft(Fraction(1, 2), person=application.borrower)] * 2
        same = [
            OwnerDraft(Fraction(1, 2), party=FIRM),
            OwnerDraft(Fraction(1, 2), party=Party("", "COMPANY", "Birch", registration_number="hrb-5")),
        ]
        for owners in (twice, same):
            with pytest.raises(UnableToRecordOwners) as refusal:
                keep(*owners)
            assert [(fault.field, fault.code) for fault in refusal.value.faults] == [("owners.1.name", "twice")]
        assert Ownership.objects.count() == 1

    def test_are_held_whole_by_the_database(self, asset: Asset) -> None:
        with pytest.raises(IntegrityError, match="do not add up"), transaction.atomic():
            held = Ownership.objects.create(asset=asset, from_date=asset.registered_date, reason="x", recorded_date=asset.registered_date)
            OwnerShare.objects.create(ownership=held, owner=asset.owners.get(), numerator=999_999, denominator=1_000_000)
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    def test_are_third_by_third_all(self, keep: Any, asset: Asset, application: Application, today: date) -> None:
        third = Fraction(1, 3)
        keep(OwnerDraft(third, person=application.borrower), OwnerDraft(third, party=SISTER), OwnerDraft(third, party=FIRM))
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        assert sum(row.share for row in owners_on(asset, today)) == 1

    @pytest.mark.parametrize(("field", "change"), [("from_date", {"from_date": date(2026, 3, 3)}), ("reason", {"reason": " "})])
    def test_need_a_day_and_a_reason(self, keep: Any, field: str, change: dict[str, Any]) -> None:
        with pytest.raises(UnableToRecordOwners) as refusal:
            keep(OwnerDraft(Fraction(1), party=FIRM), **change)
        assert [fault.field for fault in refusal.value.faults] == [field]
        assert Ownership.objects.count() == 1

    def test_need_a_number_of_who_is_new(self, keep: Any) -> None:
        with pytest.raises(UnableToRecordOwners) as refusal:
            keep(OwnerDraft(Fraction(1), party=Party("", "PERSON", "Somebody")))
        assert {fault.field for fault in refusal.value.faults} == {"owners.0.birth_date", "owners.0.national_id"}

    def test_need_not_be_of_age(self, keep: Any, asset: Asset, today: date) -> None:
        keep(OwnerDraft(Fraction(1), party=Party("", "PERSON", "Young Owner", date(2015, 1, 1), national_id="C22990047")))
        assert [row.owner.person.name for row in owners_on(asset, today)] == ["Young Owner"]


WEIGHTS = st.lists(st.integers(1, 60), min_size=1, max_size=4)
CHANGES = st.lists(st.tuples(st.integers(0, 40), WEIGHTS), min_size=1, max_size=4)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=CHANGES)
def test_shares_are_whole_on_every_day_after_any_changes(
    changes: list[tuple[int, list[int]]], asset: Asset, officer: User, branch: Branch, today: date
) -> None:
    """Changes of any days in any order, recorded at last: each day is owned by exactly all."""
    with transaction.atomic():
        people = [
            Borrower.objects.create(reference=f"BR-H{number}", branch=branch, kind="COMPANY", name=f"Firm {number}", country="DE")
            for number in range(4)
        ]
        latest: dict[date, list[Fraction]] = {asset.registered_date: [Fraction(1)]}
        for back, weights in changes:
            shares = [Fraction(weight, sum(weights)) for weight in weights]
            since = today - timedelta(days=back)
            record_ownership(
                asset=asset,
                owners=[OwnerDraft(share, person=person) for share, person in zip(shares, people, strict=False)],
                from_date=since,
                reason="Drawn",
                actor=officer,
                business_date=today,
            )
            latest[since] = shares
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        # Between two changes nothing changes: the first and the last day of each span stand for all of it.
        for day in {since - timedelta(days=before) for since in latest for before in (0, 1)} | {today}:
            shares = [row.share for row in owners_on(asset, day)]
            begun = [since for since in latest if since <= day]
            assert sorted(shares) == sorted(latest[max(begun)] if begun else [])
            assert sum(shares) == (1 if begun else 0)
        transaction.set_rollback(True)


def test_an_owner_of_a_part_never_values_it(shared: Asset, investigator: User, branch: Branch, today: date) -> None:
    own = hire("hedda_lindholm", Role.APPRAISER, branch=branch)
    with pytest.raises(UnableToOrderValuation, match="no_appraiser"):
        order_valuation(asset=shared, actor=investigator, business_date=today)
    forced = order_valuation(asset=shared, actor=investigator, business_date=today, appraiser=own)
    with pytest.raises(UnableToSubmitValuation, match="own_asset"):
        submit_valuation(
            valuation=forced, market_value=Decimal(1), method="COMPARISON", comparables=[], independence_declared=True, remarks="", valued_date=today,
            actor=own, business_date=today,
        )  # fmt: skip


class TestTheTitle:
    def test_names_the_owners_or_is_flagged(self, shared: Asset, officer: User, today: date) -> None:
        given: dict[str, Any] = {"asset": shared, "checked_date": today, "actor": officer, "business_date": today}
        assert shared.title_checks.count() == 1
        check_title(**given, holders=["LINDHOLM, Hedda", "Alder workshop"])
        assert open_codes(shared) == set()
        check_title(**given, holders=["Alder Workshop"])
        flag = shared.flags.get(code="title_inconsistent")
        assert flag.evidence == {"registry": "Alder Workshop", "on_file": "Alder Workshop, Hedda Lindholm"}

    def test_is_held_against_new_owners_at_once(self, keep: Any, asset: Asset) -> None:
        keep(OwnerDraft(Fraction(1), party=FIRM))
        assert "title_inconsistent" in open_codes(asset)

    @pytest.mark.parametrize(("kind", "flagged"), [("REAL_ESTATE", True), ("LAND", True), ("VEHICLE", True), ("MACHINERY", False)])
    def test_has_been_looked_up_where_there_is_a_registry(self, register: Register, kind: str, flagged: bool) -> None:
        assert ("title_unverified" in open_codes(register(kind=kind, looked_up=False))) is flagged

    def test_is_verified_by_another_than_who_registered_it(
        self, register: Register, officer: User, investigator: User, sign_in: SignIn, today: date
    ) -> None:
        asset = register(kind="VEHICLE", looked_up=False, title_holders=["Alder Workshop"])
        address = reverse("collateral:title_check", args=[asset.pk])
        sent = {"holders": "Alder Workshop", "checked_date": today.isoformat()}
        assert "once somebody else has looked it up" in sign_in(officer).post(address, sent, follow=True).text
        asset.refresh_from_db()
        assert (asset.title_verified_date, asset.title_checks.count(), open_codes(asset)) == (None, 2, {"title_unverified"})
        assert "somebody else" not in sign_in(investigator).post(address, sent, follow=True).text
        asset.refresh_from_db()
        flag = asset.flags.get()
        assert (asset.title_verified_date, flag.state, flag.decided_by) == (today, "CLEARED", investigator)

    def test_is_not_verified_by_who_wrote_the_owners_down(
        self, register: Register, application: Application, investigator: User, today: date
    ) -> None:
        asset = register(kind="VEHICLE", looked_up=False)
        owners = [OwnerDraft(Fraction(1), person=application.borrower)]
        record_ownership(asset=asset, owners=owners, from_date=today, reason="Sold", actor=investigator, business_date=today)
        check_title(asset=asset, holders=["Alder Workshop"], checked_date=today, actor=investigator, business_date=today)
        asset.refresh_from_db()
        assert (asset.title_verified_date, open_codes(asset)) == (None, {"title_unverified"})

    def test_names_others_in_the_extract_of_who_registers(self, register: Register) -> None:
        assert open_codes(register(kind="VEHICLE", looked_up=False, title_holders=["Uncle Joe"])) == {
            "title_inconsistent",
            "title_unverified",
        }

    @pytest.mark.parametrize(("holders", "day"), [([" "], date(2026, 3, 2)), (["Alder"], date(2026, 3, 3))])
    def test_is_not_looked_up_by_nobody_or_tomorrow(self, asset: Asset, officer: User, today: date, holders: list[str], day: date) -> None:
        with pytest.raises(UnableToCheckTitle):
            check_title(asset=asset, holders=holders, checked_date=day, actor=officer, business_date=today)
        assert asset.title_checks.count() == 1

    def test_tells_people_whatever_the_spelling(self) -> None:
        assert same_names(["Jürgen Schulze", "Alder GmbH"], ["ALDER", "Schulze, Juergen"])
        assert not same_names(["Jürgen Schulze"], ["Jürgen Schulze", "Anna Schulze"])
        assert not same_names(["Anna Schulze", "Anna Schulze"], ["Anna Schulze", "Peter Maier"])


class TestTheRegistrationForm:
    SENT = {
        "kind": "VEHICLE", "description": "Van of two", "stated_value": "30000", "amount": "30000", "make": "Nordwagen", "model": "Kurier", "vin": "WNWAZZ1KZAW000123",
        "first_registration": "2023-05-04", "mileage": "41000", "condition": "IN_USE", "title_holders": "Alder Workshop\nHedda Lindholm", "insured_until": "2027-01-01",
        "owner_0_name": "Alder Workshop", "owner_0_share": "1/2", "owner_0_kind": "COMPANY",
    }  # fmt: skip
    OTHER = {
        "owner_1_name": "Hedda Lindholm", "owner_1_share": "50%", "owner_1_kind": "PERSON", "owner_1_number": "L01X00T47",
        "owner_1_birth_date": "1979-04-02",
    }  # fmt: skip

    def test_takes_several_owners(self, application: Application, officer: User, sign_in: SignIn, today: date) -> None:
        answer = sign_in(officer).post(reverse("collateral:asset_new", args=[application.pk]), self.SENT | self.OTHER)
        assert answer.status_code == 302
        asset = Asset.objects.get()
        assert {row.owner.person.name: row.share for row in owners_on(asset, today)} == {
            "Alder Workshop": Fraction(1, 2), "Hedda Lindholm": Fraction(1, 2),
        }  # fmt: skip
        assert (asset.title_number, open_codes(asset)) == ("WNWAZZ1KZAW000123", {"title_unverified"})

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({}, None),
            (OTHER | {"owner_1_share": "49%"}, None),
            (OTHER | {"owner_1_share": "half"}, "owner_1_share"),
            (OTHER | {"owner_1_number": ""}, "owner_1_number"),
            (OTHER | {"mileage": "-4"}, "mileage"),
            (OTHER | {"vin": "KURZ"}, "vin"),
        ],
    )
    def test_tells_what_is_wrong_where_it_is(
        self, application: Application, officer: User, sign_in: SignIn, change: dict[str, str], field: str | None
    ) -> None:
        before = register_world()
        answer = sign_in(officer).post(reverse("collateral:asset_new", args=[application.pk]), self.SENT | change)
        assert answer.status_code == 422
        assert set(answer.context["form"].errors) == {field or "__all__"}
        assert "Van of two" in answer.text
        assert register_world() == before


def test_a_refused_owner_leaves_nothing_behind(register: Register, application: Application) -> None:
    before = register_world()
    with pytest.raises(UnableToRegisterAsset):
        register(owners=[OwnerDraft(Fraction(99, 100), person=application.borrower)])
    assert register_world() == before
