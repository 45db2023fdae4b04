"""Who declared an interest in a customer neither values what secures the file, nor judges its value,
its red flags or sees it on a round.
"""

from __future__ import annotations

from datetime import date

import pytest

from collateral.domain.red_flags import Finding
from collateral.models import Asset, Valuation
from collateral.selectors.flags import people_on_asset, reviewable_flags
from collateral.services.flags import UnableToDecideFlag, decide_flag, raise_findings
from collateral.services.inspection_rounds import barred_from
from collateral.services.valuations import (
    UnableToJudgeValuation,
    UnableToOrderValuation,
    UnableToSubmitValuation,
    accept_valuation,
    order_valuation,
    reject_valuation,
)
from core.models import User
from loans.models import Application, ApplicationParty, DeclaredInterest
from loans.services.interests import declare_interest
from tests.collateral.conftest import Register, Value


def declare(application: Application, actor: User, today: date) -> DeclaredInterest:
    assert application.borrower is not None
    ApplicationParty.objects.get_or_create(application=application, borrower=application.borrower, part="APPLICANT")
    return declare_interest(
        application=application, borrower=application.borrower, kind="FAMILY", reason="My sister's firm.", actor=actor, business_date=today
    )


def test_no_lot_draws_them(register: Register, application: Application, investigator: User, appraisers: list[User], today: date) -> None:
    asset = register()
    for person in appraisers[1:]:
        declare(application, person, today)
    assert order_valuation(asset=asset, actor=investigator, business_date=today).appraiser == appraisers[0]
    declare(application, appraisers[0], today)
    with pytest.raises(UnableToOrderValuation, match="no_appraiser"):
        order_valuation(asset=register(description="Press"), actor=investigator, business_date=today)


def test_a_value_ordered_before_is_not_handed_in(ordered: Valuation, application: Application, submit: Value, today: date) -> None:
    assert ordered.appraiser is not None
    declare(application, ordered.appraiser, today)
    with pytest.raises(UnableToSubmitValuation, match="own_interest"):
        submit(ordered)


def test_nor_is_a_value_judged(submitted: Valuation, application: Application, approver: User, risk_manager: User, today: date) -> None:
    declare(application, approver, today)
    with pytest.raises(UnableToJudgeValuation, match="own_interest"):
        accept_valuation(valuation=submitted, actor=approver, business_date=today, no_evidence="ONE_OF_KIND")
    with pytest.raises(UnableToJudgeValuation, match="own_interest"):
        reject_valuation(valuation=submitted, reason="x", actor=approver, business_date=today)
    accept_valuation(valuation=submitted, actor=risk_manager, business_date=today, no_evidence="ONE_OF_KIND")


def test_nor_a_red_flag_or_a_round(asset: Asset, application: Application, risk_manager: User, investigator: User, today: date) -> None:
    (flag,) = raise_findings(asset=asset, findings=[Finding("near_twin", "Like another one.")], business_date=today)
    assert reviewable_flags(risk_manager).filter(pk=flag.pk).exists()
    assert risk_manager.pk not in barred_from([asset.pk])[asset.pk]
    declare(application, risk_manager, today)
    assert risk_manager.pk in people_on_asset(asset) and investigator.pk not in people_on_asset(asset)
    assert not reviewable_flags(risk_manager).filter(pk=flag.pk).exists()
    with pytest.raises(UnableToDecideFlag, match="own_work"):
        decide_flag(flag=flag, uphold=False, reason="Seen.", actor=risk_manager, business_date=today)
    assert risk_manager.pk in barred_from([asset.pk])[asset.pk]
