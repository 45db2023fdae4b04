"""Who may write into the file of an asset, by page and by service, with proof that nobody else changes anything."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from collateral.models import Asset, FactsVersion
from collateral.services.facts import UnableToRecordFacts, record_facts
from collateral.services.places import UnableToRecordPlace, record_place
from core.models import Branch
from core.roles import Role
from tests.collateral.conftest import SignIn, hire
from tests.collateral.test_asset_facts import GOOD
from tests.collateral.test_services import world
from tests.every_role import every_role

# Each act by its address, what is sent, and who may.
ACTS: dict[str, dict[str, str]] = {
    "asset_facts": {
        "make": "A",
        "model": "B",
        "serial_number": "S-1",
        "built_year": "2020",
        "condition": "IN_USE",
        "valid_from": "2026-03-02",
    },
    "asset_place": {"address_line": "Deichweg 3", "city": "Niebüll"},
    "title_check": {"holders": "Alder Workshop", "checked_date": "2026-03-02"},
    "owners": {"owner_0_name": "Alder Workshop", "owner_0_share": "1", "from_date": "2026-03-02", "reason": "Bought"},
}


class TestEveryRole:
    @every_role(Role)
    @pytest.mark.parametrize("act", ACTS)
    def test_records_only_when_it_is_its_own(self, asset: Asset, branch: Branch, sign_in: SignIn, act: str, role: Role) -> None:
        client = sign_in(hire("somebody", role, branch=branch))
        before = [*world(), FactsVersion.objects.count()]
        answer = client.post(reverse(f"collateral:{act}", args=[asset.pk]), ACTS[act])
        if role in (Role.OFFICER, Role.INVESTIGATOR):
            assert answer.status_code == 302
            assert [*world(), FactsVersion.objects.count()] != before
        else:
            assert answer.status_code in (403, 404)
            assert [*world(), FactsVersion.objects.count()] == before

    @every_role([role for role in Role if role not in (Role.OFFICER, Role.INVESTIGATOR)])
    def test_service_refuses_the_others(self, asset: Asset, branch: Branch, today: date, role: Role) -> None:
        actor = hire("somebody", role, branch=branch)
        with pytest.raises(UnableToRecordFacts, match="not_entitled"):
            record_facts(asset=asset, facts=GOOD["MACHINERY"], actor=actor, business_date=today)
        with pytest.raises(UnableToRecordPlace, match="not_entitled"):
            record_place(asset=asset, address_line="", city="", country="", latitude=None, longitude=None, actor=actor, business_date=today)
        assert not FactsVersion.objects.exists()
