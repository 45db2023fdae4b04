"""The same asset under another spelling: found in the book, shown to whoever registers, and looked at by a second person."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import pytest
from django.core.management import call_command
from django.db.models import F
from django.urls import reverse

from collateral.domain.twins import PROBABLE, AssetText, compare, prepare
from collateral.models import Asset, AssetKey, Pledge
from collateral.selectors.twins import find_twins, text_of
from collateral.services.assets import UnableToRegisterAsset
from collateral.services.flags import UnableToDecideFlag, decide_flag
from collateral.services.pledge_proposals import UnableToProposePledge, propose_pledge
from collateral.services.twins import index_missing
from core.models import AuditEntry, Branch, User
from core.roles import Role
from loans.models import Application
from tests.collateral.conftest import Register, SignIn, hire
from tests.collateral.perturbed import RULES, fill_register, perturb, write_assets
from tests.collateral.test_services import another_application, open_codes, world
from tests.every_role import every_role

HOUSE = AssetText(
    "REAL_ESTATE",
    "Apartment building, 640 m²",
    "Grundbuch Altona, Blatt 0471, Flurstück 12/3",
    "Große Müllerstraße 12a",
    "Köln",
    "Jürgen Schäfer",
)
CAR = AssetText("VEHICLE", "VW Golf, silver, 2019", "WVWZZZ1KZAW000123", owner_name="Alder Workshop GmbH")


class TestComparing:
    @pytest.mark.parametrize(
        "other",
        [
            AssetText("LAND", "Apt. bldg 640 sqm", "GB ALTONA Bl. 471 Flst. 12-3", "Gr. Muellerstr. 12 A", "Koeln", "SCHAEFER Juergen"),
            AssetText("REAL_ESTATE", "640 m² apartment building", "Altona 12/3 471", "Мюллерштрассе 12", "Кёльн", ""),
            AssetText("REAL_ESTATE", "A house", "Grundbuch Altona, Blatt 0472, Flurstück 12/3", "Grosse Mullerstrasse 12", "Köln", ""),
            AssetText("REAL_ESTATE", "Apartment building", "", "Grosse Müler Str. 12", "Köln", ""),
        ],
    )
    def test_knows_a_house_again(self, other: AssetText) -> None:
        assert compare(prepare(HOUSE), prepare(other)).score >= PROBABLE

    @pytest.mark.parametrize("number", ["WVWZZZ1KZAW000124", "WVWZZZ1KZAW00123", "WVWZZZ1KZAWO00I23", "wvw zzz 1kz aw0 00213"])
    def test_knows_a_car_by_its_number_with_a_slip(self, number: str) -> None:
        assert compare(prepare(CAR), prepare(AssetText("VEHICLE", "Golf", number))).score >= PROBABLE

    @pytest.mark.parametrize(
        "other",
        [
            AssetText("VEHICLE", "VW Golf, silver, 2019", "WVWZZZ1KZBW778201", owner_name="Alder Workshop GmbH"),
            AssetText("VEHICLE", "VW Golf, silver, 2019", owner_name="Birch Transport GmbH"),
            AssetText("MACHINERY", "Lathe", "WVW"),
            AssetText("VEHICLE"),
        ],
    )
    def test_keeps_another_car_apart(self, other: AssetText) -> None:
        assert compare(prepare(CAR), prepare(other)).score < PROBABLE

    def test_says_what_agrees_and_what_differs(self) -> None:
        other = AssetText("VEHICLE", "VW Golf, silver, 2019", "WVWZZZ1KZAW000124", "Hafenweg 3", "Kiel", "Birch Transport AG")
        fields = {field.name: field.verdict.value for field in compare(prepare(CAR), prepare(other)).fields}
        assert fields == {"identifier": "nearly the same", "address": "not given", "description": "same", "owner": "differs"}


@pytest.mark.django_db
class TestTheBook:
    def test_gives_a_changed_asset_among_the_first_three_by_one_statement(self, django_assert_num_queries: Any) -> None:
        chance = random.Random(5)
        written = write_assets(240, chance)
        fill_register(written)
        asked = [(rule, perturb(asset, rule, chance)) for rule in RULES for asset in chance.sample(written, 6)]
        missed = [rule for rule, twin in asked if twin.key not in {found.asset.pk for found in find_twins(twin.text, least=0.0)}]
        assert len(missed) <= 1, missed
        with django_assert_num_queries(1):
            find_twins(written[0].text)

    def test_finds_what_was_registered_before_there_were_keys(self, asset: Asset) -> None:
        AssetKey.objects.all().delete()
        assert find_twins(text_of(asset)) == []
        assert (index_missing(), index_missing()) == (1, 0)
        assert [twin.asset for twin in find_twins(text_of(asset))] == [asset]
        assert find_twins(text_of(asset), without=asset.pk) == []
        AssetKey.objects.filter(asset=asset).update(key=-F("key"))
        call_command("index_assets")
        assert find_twins(text_of(asset)) == []
        call_command("index_assets", anew=True)
        assert [twin.asset for twin in find_twins(text_of(asset))] == [asset]

    def test_keeps_no_word_of_an_address(self, register: Register) -> None:
        register(address_line="Geheimweg 7")
        assert set(AssetKey.objects.values_list("key", flat=True)) and all(isinstance(key.key, int) for key in AssetKey.objects.all())


class TestRegistering:
    def test_a_probable_twin_is_refused_until_it_is_said_why(self, register: Register, application: Application, officer: User) -> None:
        first = register()
        second = another_application(application)
        before = world()
        with pytest.raises(UnableToRegisterAsset, match="probable_twins"):
            register(application=second, title_number="SN 4711 B", unlike_reason=" ")
        assert world() == before
        asset = register(application=second, title_number="SN 4711 B", unlike_reason="The plate reads B.")
        flag = asset.flags.get()
        assert (flag.code, flag.evidence["registrar"]) == ("near_twin", "The plate reads B.")
        assert flag.evidence["assets"].startswith(f"{first.reference} (0.9")
        assert AuditEntry.objects.filter(action="asset.registered").latest("id").details["unlike_reason"] == "The plate reads B."

    def test_takes_a_second_person_to_let_it_secure_anything(
        self, register: Register, application: Application, officer: User, risk_manager: User, today: date
    ) -> None:
        register()
        asset = register(application=another_application(application), title_number="SN 4711 B")
        with pytest.raises(UnableToDecideFlag):
            decide_flag(flag=asset.flags.get(), uphold=False, reason="Mine.", actor=officer, business_date=today)
        decide_flag(flag=asset.flags.get(), uphold=False, reason="Two lathes stand there.", actor=risk_manager, business_date=today)
        assert open_codes(asset) == set()

    def test_sees_twins_at_other_branches_too(self, register: Register, application: Application, other_branch: Branch) -> None:
        first = register()
        Asset.objects.filter(pk=first.pk).update(branch=other_branch)
        assert open_codes(register(application=another_application(application), title_number="SN 4711 B")) == {"near_twin"}


class TestPledgingTheRegisteredOne:
    def test_puts_it_behind_what_it_backs(self, asset: Asset, application: Application, officer: User, today: date) -> None:
        second = another_application(application)
        pledge = propose_pledge(asset=asset, application=second, actor=officer, business_date=today)
        assert (pledge.rank, pledge.state, pledge.amount) == (2, "PROPOSED", second.amount)
        with pytest.raises(UnableToProposePledge, match="already_pledged"):
            propose_pledge(asset=asset, application=second, actor=officer, business_date=today)

    @pytest.mark.parametrize(
        ("change", "code"),
        [({"state": "SOLD"}, "gone"), ({"currency": "USD"}, "other_currency"), ({"kind": "LAND"}, "wrong_class")],
    )
    def test_is_refused_in_words(
        self, asset: Asset, application: Application, officer: User, today: date, change: dict[str, str], code: str
    ) -> None:
        Asset.objects.filter(pk=asset.pk).update(**change)
        with pytest.raises(UnableToProposePledge, match=code):
            propose_pledge(asset=asset, application=another_application(application), actor=officer, business_date=today)
        assert Pledge.objects.count() == 1


class TestThePages:
    SENT = {
        "kind": "MACHINERY", "description": "5-axes lathe", "stated_value": "150000", "title_number": "4711-B", "make": "Hansa", "model": "T",
        "serial_number": "4711-B", "built_year": "2020", "condition": "IN_USE",
    }  # fmt: skip

    def test_shows_the_twin_and_lets_the_registrar_decide(
        self, asset: Asset, application: Application, officer: User, sign_in: SignIn
    ) -> None:
        second, client = another_application(application), sign_in(officer)
        address = reverse("collateral:asset_new", args=[second.pk])
        shown = client.post(address, self.SENT)
        assert shown.status_code == 422
        for words in ("Why this is another asset", asset.reference, "SN 4711-A", "Nearly the same", f"Pledge {asset.reference} instead"):
            assert words in shown.text
        assert Asset.objects.count() == 1
        client.post(address, {**self.SENT, "unlike_reason": "Two lathes."})
        assert Asset.objects.count() == 2
        client.post(reverse("collateral:asset_pledge", args=[second.pk, asset.pk]))
        assert list(asset.pledges.order_by("rank").values_list("application__reference", flat=True)) == ["LA-1", "LA-2"]

    def test_tells_of_another_branch_only_that_there_is_one(
        self, register: Register, application: Application, officer: User, other_branch: Branch, sign_in: SignIn
    ) -> None:
        hidden = register(owner=None, owner_name="Secret Owner", address_line="Geheimweg 7")
        Asset.objects.filter(pk=hidden.pk).update(branch=other_branch)
        shown = sign_in(officer).post(reverse("collateral:asset_new", args=[another_application(application).pk]), self.SENT)
        assert "An asset of another branch" in shown.text
        for secret in (hidden.reference, "Secret Owner", "Geheimweg", "SN 4711-A", str(hidden.pk)):
            assert secret not in shown.text

    @every_role(Role)
    def test_show_what_is_like_an_asset_to_those_who_lend(
        self, register: Register, application: Application, branch: Branch, sign_in: SignIn, role: Role
    ) -> None:
        first, second = register(), register(application=another_application(application), title_number="SN 4711 B")
        page = sign_in(hire("somebody", role, branch=branch)).get(reverse("collateral:twins", args=[second.pk]))
        assert page.status_code == (403 if role in (Role.ADMINISTRATOR, Role.APPRAISER) else 200)
        assert (first.reference in page.text) is (page.status_code == 200)
