"""A false appraisal from the order to its refusal, through the pages and by everybody whose work it is."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from collateral.models import Asset, OutsideAppraiser, Pledge, Valuation
from collateral.services.appraisers import record_firm
from core.models import AuditEntry, Branch, User
from core.roles import Role
from loans.models import Application, ConditionPrecedent
from tests.collateral.conftest import SignIn, hire
from tests.collateral.papers import sheet
from tests.collateral.test_services import open_codes
from tests.shared_rows import shared


@shared
def outsider(branch: Branch, risk_manager: User, today: date) -> User:
    person = hire("clara_outside", Role.APPRAISER, branch=branch)
    record_firm(person=person, firm="Elbe Valuations", actor=risk_manager, business_date=today)
    return person


def test_a_false_appraisal_is_caught_reviewed_valued_by_a_third_party_and_refused(
    application: Application,
    officer: User,
    investigator: User,
    approver: User,
    risk_manager: User,
    appraisers: list[User],
    outsider: User,
    sign_in: SignIn,
    today: date,
    settings: Any,
    tmp_path: Any,
) -> None:
    """From the registration to the registry, each step by whose work it is, through the pages."""
    settings.MEDIA_ROOT = tmp_path
    condition = ConditionPrecedent.objects.create(application=application, code="collateral_perfected", title="Collateral perfected")
    sent: dict[str, Any] = {
        "kind": "MACHINERY",
        "description": "Lathe, five axes",
        "stated_value": "210000",
        "title_number": "SN 4711-A",
        "make": "Hansa",
        "model": "T-400",
        "serial_number": "4711-A",
        "built_year": "2021",
        "condition": "IN_USE",
        "insured_until": "2027-01-01",
    }
    sign_in(officer).post(reverse("collateral:asset_new", args=[application.pk]), sent)
    asset = Asset.objects.get()
    page = reverse("collateral:asset_detail", args=[asset.pk])

    # One of the house's appraisers is drawn; the value stands on nothing.
    OutsideAppraiser.objects.all().delete()
    sign_in(investigator).post(reverse("collateral:valuation_order", args=[asset.pk]))
    false = Valuation.objects.get()
    person = false.appraiser
    assert person is not None
    value = {"market_value": "330000", "method": "COMPARISON", "valued_date": "2026-03-02", "independence_declared": "on"}
    near = {"comparable_1": "Lathe in Graz", "price_1": "212000", "comparable_2": "Lathe in Brno", "price_2": "208000"}
    sign_in(person).post(reverse("collateral:valuation_submit", args=[false.pk]), {**value, **near})
    assert open_codes(asset) == {"above_comparables", "above_stated"}

    # Nobody can let it count, nor put the lien into the registry.
    refused = sign_in(approver).post(
        reverse("collateral:valuation_judge", args=[false.pk]), {"outcome": "accept", "no_evidence": "ONE_OF_KIND", "reason": "Fine."}
    )
    assert (refused.status_code, "57% above the median of its comparables" in refused.text) == (422, True)
    pledge = Pledge.objects.get()
    refused = sign_in(risk_manager).post(reverse("collateral:pledge_perfect", args=[pledge.pk]), {"registry_reference": "REG-1"})
    assert (refused.status_code, "No accepted valuation is in force" in refused.text) == (422, True)

    # A third party is drawn, sees no other figure, and says what its comparables say.
    another = next(one for one in (*appraisers, outsider) if one != person)
    record_firm(person=another, firm="Elbe Valuations", actor=risk_manager, business_date=today)
    sign_in(investigator).post(
        reverse("collateral:valuation_another", args=[asset.pk]), {"reason": "Far above its own comparables.", "third_party": "on"}
    )
    true = Valuation.objects.get(state="ORDERED")
    assert (true.appraiser, true.round == Valuation.objects.get(pk=false.pk).round) == (another, True)
    seen = sign_in(another).get(page).text
    for hidden in ("330,000", "210,000", "100,000", "comparables; the limit", person.full_name):
        assert hidden not in seen
    report = SimpleUploadedFile("lathe.pdf", b"%PDF-1.7 what it is worth", "application/pdf")
    sent = {**value, **near, "market_value": "205000"}
    assert sign_in(another).post(reverse("collateral:valuation_submit", args=[true.pk]), sent).status_code == 422
    sign_in(another).post(reverse("collateral:valuation_submit", args=[true.pk]), {**sent, "report": report})
    assert open_codes(asset) == {"above_comparables", "above_stated", "values_apart"}
    compared = sign_in(risk_manager).get(reverse("collateral:valuations_compared", args=[asset.pk])).text
    assert "61.0% apart" in compared
    assert "Elbe Valuations" in compared

    # The flags are upheld and the false value refused by people who had no part in it; the true one counts.
    for flag in asset.flags.filter(state="OPEN"):
        sign_in(risk_manager).post(
            reverse("collateral:flag_decide", args=[flag.pk]), {"outcome": "uphold", "reason": "Nothing carries this value."}
        )
    by_approver = sign_in(approver)
    by_approver.post(reverse("collateral:valuation_judge", args=[false.pk]), {"outcome": "reject", "reason": "Above all evidence."})
    by_approver.post(
        reverse("collateral:valuation_judge", args=[true.pk]), {"outcome": "accept", "no_evidence": "ONE_OF_KIND", "reason": ""}
    )
    assert list(asset.valuations.order_by("id").values_list("state", flat=True)) == ["REJECTED", "ACCEPTED"]
    perfect, word = reverse("collateral:pledge_perfect", args=[pledge.pk]), {"registry_reference": "REG-1"}
    assert "word for the lien is not on file" in sign_in(investigator).post(perfect, word).text
    sign_in(investigator).post(perfect, {**word, "paper": sheet()})
    condition.refresh_from_db()
    pledge.refresh_from_db()
    assert (pledge.state, condition.state) == ("PERFECTED", "SATISFIED")
    told = AuditEntry.objects.filter(action__startswith="valuation.").order_by("id").values_list("action", flat=True)
    assert list(told) == [f"valuation.{act}" for act in ("ordered", "submitted", "ordered", "submitted", "rejected", "accepted")]
