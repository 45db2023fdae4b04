"""Pages of indices, prices, settings and evidence by class: who opens what, and what is shown."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from collateral.domain.revaluation import DEFAULTS, as_document, from_document
from collateral.models import ComputedValue, EquipmentFacts, IndexSeries, SecurityPrice, ValueFile, ValueSettings, WaitingPrice
from collateral.services.computed_values import revalue
from collateral.services.price_changes import open_changes
from collateral.services.value_settings import propose_value_settings
from collateral.web.evidence_words import computed_words, flag_words
from core.models import Branch, User
from core.roles import Role
from tests.collateral.conftest import hire
from tests.collateral.test_computed_values import SIEMENS, Lend, index_of, lend
from tests.every_role import every_role

__all__ = ["lend"]


def client_of(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


@every_role(Role)
def test_every_role_does_only_what_is_its_own(bank: Any, risk_manager: User, branch: Branch, role: Role) -> None:
    series = index_of({2024: "100", 2025: "104"}, used=False)
    proposed = propose_value_settings(document=as_document(DEFAULTS), reason="Why", actor=risk_manager)
    client = client_of(hire("somebody", role, branch=branch))
    reads = role not in {Role.ADMINISTRATOR, Role.APPRAISER}
    for name, about in (("indices", []), ("index_series", [series.pk]), ("value_settings", [])):
        assert client.get(reverse(f"collateral:{name}", args=about)).status_code == (200 if reads else 403)
    imported = client.post(reverse("collateral:values_import"), {"kind": "NOMINAL"})
    assert imported.status_code == (422 if role in {Role.RISK_MANAGER, Role.INVESTIGATOR} else 403)
    used = client.post(reverse("collateral:index_series", args=[series.pk]))
    assert used.status_code == (302 if role == Role.RISK_MANAGER else 422 if reads else 403)
    changed = client.post(reverse("collateral:value_settings"), {"reason": "x"})
    assert changed.status_code == (422 if reads else 403)
    decided = client.post(reverse("collateral:value_settings_decide", args=[proposed.pk]), {"outcome": "confirm", "reason": "x"})
    assert (decided.status_code == 403) is (role != Role.RISK_MANAGER)
    series.refresh_from_db()
    assert not series.used and bool(open_changes()) is (role == Role.RISK_MANAGER)
    assert ValueSettings.objects.get().state == ("ACTIVE" if role == Role.RISK_MANAGER else "PROPOSED")


def test_files_say_what_was_refused_and_lead_to_the_index(bank: Any, risk_manager: User, today: date) -> None:
    client = client_of(risk_manager)
    text = "date,country_code,country,price\n2025-09-30,DE,Germany,150\n2025-12-31,DE,Germany,153\n2025-12-31,DE,Germany,154\n"
    sent = {"kind": "NOMINAL", "file": SimpleUploadedFile("bis.csv", text.encode())}
    page = client.post(reverse("collateral:values_import"), sent, follow=True).text
    assert "2 values new, 0 known already, 1 lines refused." in page and "stands twice for DE" in page
    series = IndexSeries.objects.get()
    address = reverse("collateral:index_series", args=[series.pk])
    answer = client.post(address, follow=True).text
    assert "Another risk manager has to confirm it." in answer and "House prices, Germany rose by 2.0%" in answer
    assert "Propose that values follow it" not in answer and client.post(address).status_code == 422
    assert not IndexSeries.objects.filter(used=True).exists()
    lines = f"isin,date,price,currency\n{SIEMENS},2026-02-02,100,EUR\n{SIEMENS},2026-02-03,101,USD\n"
    page = client.post(
        reverse("collateral:values_import"), {"kind": "PRICES", "file": SimpleUploadedFile("p.csv", lines.encode())}, follow=True
    ).text
    assert "is in USD; it is kept in EUR" in page and WaitingPrice.objects.count() == 1
    broken = client.post(reverse("collateral:values_import"), {"kind": "REAL", "file": SimpleUploadedFile("x.csv", b"\xff\xfe")})
    assert broken.status_code == 422 and "The file is not UTF-8 text." in broken.text
    assert ValueFile.objects.count() == 2


def test_a_computed_value_is_marked_on_its_asset(lend: Lend, officer: User, today: date) -> None:
    asset = lend()
    index_of({2024: "100", 2025: "100", 2026: "130"})
    revalue(business_date=today + timedelta(days=366), first_loan_id=0, last_loan_id=1 << 40)
    page = client_of(officer).get(reverse("collateral:asset_detail", args=[asset.pk])).text
    assert "By index" in page and "capped, 260,000 EUR without" in page and "Index DE from 100.0" in page


def test_a_machine_and_a_paper_are_recorded_and_held_against_their_evidence(lend: Lend, officer: User, today: date) -> None:
    client = client_of(officer)
    car = lend("VEHICLE", "20000.00", title_number="V1", description="Van")
    page = reverse("collateral:evidence", args=[car.pk])
    wrong = client.post(page, {"curve": "car", "new_price": "-1", "bought_date": "2024-03-02"})
    assert wrong.status_code == 422 and not EquipmentFacts.objects.exists()
    kept = client.post(page, {"curve": "car", "new_price": "30000", "bought_date": "2024-03-02"}, follow=True).text
    assert "lies inside what the curve leaves, 18,306 EUR" in kept
    paper = lend("SECURITIES", "12000.00", title_number="S1", description="Shares")
    page = reverse("collateral:evidence", args=[paper.pk])
    client.post(page, {"isin": SIEMENS, "quantity": "100"})
    assert "No price of the paper is on file" in client.get(page).text
    source = ValueFile.objects.create(kind="PRICES", market="p", file_name="p", fingerprint="", business_date=today)
    SecurityPrice.objects.create(isin=SIEMENS, price_date=today, price=Decimal(100), currency="EUR", source=source)
    assert "lies above the market&#x27;s 10,000 EUR" in client.get(page).text


def test_settings_are_proposed_as_a_form_and_refused_in_words(bank: Any, risk_manager: User, branch: Branch) -> None:
    client = client_of(risk_manager)
    page = reverse("collateral:value_settings")
    sent = {field.html_name: field.value() for field in client.get(page).context["form"] if field.value() is not None}
    sent["reason"] = "Moving market"
    for change, words in (
        ({"curve_car": "100, 50, 60"}, "The curve car has to begin at 1 and never rise."),
        ({"curve_car": "100, fifty"}, "The settings are not of the known form"),
        ({"valid_days_0": "4000"}, "Real estate from 0: a value holds at most until"),
        ({"grace_days": "366"}, "counts in calls for at most 365 days"),
        ({"notice_days": "0"}, "1 to 180 days ahead"),
        ({"least_comparables": "0"}, "1 to 10 comparables"),
        ({"quality_FOUND_DAMAGED": "100"}, "below all of it"),
        ({"from_value_0": "5"}, "Real estate has no rule from zero on."),
    ):
        refused = client.post(page, {**sent, **change})
        assert refused.status_code == 422 and words in refused.text, words
    new = {"new_kind": "LAND", "from_value_new": "1000000", "valid_days_new": "365", "computed_days_new": "90", "appraise_days_new": "730"}
    new |= {"quality_FOUND_DAMAGED": "55", "grace_days": "30", "least_comparables": "3"}
    done = client.post(page, {**sent, **new, "decline": "8", "curve_car": "100, 76.5, 60"}, follow=True).text
    assert "Another risk manager has to put them in force." in done
    assert "holds 365, computed every 90, appraiser after 730 days" in done and "now 10.0%" in done
    kept = from_document(ValueSettings.objects.get().document)
    assert (kept.decline, kept.curves["car"][1], len(kept.rules)) == (Decimal("0.08"), Decimal("0.765"), len(DEFAULTS.rules) + 1)
    assert (kept.quality["FOUND_DAMAGED"], kept.grace_days, kept.least_comparables) == (Decimal("0.55"), 30, 3)
    other = client_of(hire("second_risk", Role.RISK_MANAGER, branch=branch))
    decided = other.post(
        reverse("collateral:value_settings_decide", args=[ValueSettings.objects.get().pk]),
        {"outcome": "confirm", "reason": "Yes"},
        follow=True,
    )
    assert "Your decision is recorded." in decided.text and ValueSettings.objects.get().state == "ACTIVE"


def test_evidence_is_written_in_words_and_units() -> None:
    assert (
        flag_words({"lowest": "2992000.0000", "highest": "3638000.00"}, "EUR") == "lowest value 2,992,000 EUR; highest value 3,638,000 EUR"
    )
    assert flag_words({"zoning": "PROTECTED", "use": "HOUSING"}, "EUR") == "zoned as Protected, nothing may be built; used for Housing"
    assert flag_words({"insured_until": "2026-04-01"}, "EUR") == "insured until 1 Apr 2026"
    assert flag_words({"registry": "A, B", "of_tomorrow": "x"}, "EUR") == "the registry names A, B; of tomorrow x"
    curve = {"curve": "office_machine", "bought": "2024-02-03", "left_then": "0.7600", "left_now": "0.6100"}
    words = computed_words(ComputedValue(source="CURVE", evidence=curve), "EUR")
    assert words == "Curve “office machine”, bought 3 Feb 2024: 76.0% of the price left then, 61.0% now"
    assert computed_words(ComputedValue(source="QUOTE", evidence={"of_old": "y"}), "EUR") == "of old y"
