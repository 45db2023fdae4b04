"""The steps of one application's life, each by the person whose work it is, each through the service of its page."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from collateral.models import Asset, Pledge
from collateral.selectors.accounts import account_of
from collateral.selectors.asset_facts import facts_now
from collateral.selectors.twin_evidence import possible_twins
from collateral.selectors.value_settings import settings_in_force
from collateral.services import assets, flags, pledges, valuations
from collateral.services.titles import check_title
from collateral.services.twin_flags import judge_twin
from config.simulator.accepting import take_value
from config.simulator.bank import House
from config.simulator.credit_lines import first_draw
from config.simulator.homes import describe
from config.simulator.investigation import is_cleared
from config.simulator.people import POSTCODES, Invented, make_iban
from config.simulator.registry import send
from config.simulator.sheets import Kind, sheet
from config.simulator.worked_values import inputs_for
from core.models import Branch
from loans.models import Application, Disbursement, Loan
from loans.selectors.applications import amount_to_cover
from loans.services import offers
from loans.services.contracts import make_contract, record_signature
from loans.services.direct_intake import intake_application
from loans.services.disbursement import confirm_disbursement, request_disbursement
from loans.services.payment_files import receive_payments, work_files
from risk.models import Decision, Recommendation
from risk.selectors.files import latest_evaluation
from risk.selectors.letters import letter_for
from risk.selectors.told_reasons import true_reasons
from risk.services import decisions
from risk.services.committee import vote_on_decision
from risk.services.letters import write_letter

WORTH = {"REAL_ESTATE": Decimal("1.45"), "VEHICLE": Decimal("1.60"), "MACHINERY": Decimal("2.00"), "RECEIVABLES": Decimal("2.20")}


def intake_data(person: Invented, product: str, amount: Decimal, months: int, purpose: str, collateral: str = "") -> dict[str, Any]:
    """An application in the form of POST /applications."""
    company = person.kind == "company"
    data: dict[str, Any] = {
        "product": product,
        "amount": str(amount),
        "currency": "EUR",
        "term_months": months,
        "purpose": {
            "code": purpose,
            "text": purpose.replace("_", " ").capitalize(),
            "payees": [{"name": person.name, "iban": person.iban}],
        },
        "applicant": {
            "kind": person.kind,
            "name": person.name,
            "birth_date": person.birth_date.isoformat() if person.birth_date else "",
            "registration_number": person.identifier if company else "",
            "national_id": "" if company else person.identifier,
            "phone": person.phone,
            "address": {"line1": person.line1, "city": person.city, "postcode": POSTCODES[person.city], "country": "DE"},
        },
        "consents": [{"kind": "bureau", "given_at": "2025-01-01T09:00:00Z"}],
    }
    if company:
        data["applicant"]["industry"] = person.industry
        data["applicant"]["financials"] = {
            "turnover": str(person.turnover),
            "ebitda": str(person.ebitda),
            "years_in_business": str(person.years),
        }
    else:
        data["applicant"]["income"] = [{"kind": "salary", "monthly_amount": str(person.income)}]
        data["applicant"]["employment"] = {"employer": person.employer, "months": person.employment_months}
    if not company or person.obligations or person.debt:
        owed = {"lender": "Other bank", "monthly_payment": str(person.obligations), "outstanding": str(person.debt)}
        data["applicant"]["obligations"] = [owed]
    if collateral:
        data["collateral"] = [
            {
                "kind": collateral.lower(),
                "description": f"{collateral.replace('_', ' ').capitalize()}, {person.line1}, {person.city}",
                "stated_value": str((amount * WORTH[collateral]).quantize(Decimal(1))),
                "title_number": f"{person.city[:3].upper()}-{person.identifier[-6:]}".replace(" ", ""),
            }
        ]
    return data


def take_in(
    house: House, data: dict[str, Any], branch: Branch, day: date, *, officer: str, partner: bool, number: int, device: int = 0
) -> Application:
    """An officer, or the partner, hands the application in; the partner tells from which `device`."""
    machine = {"id": f"install-{device:012x}", "ip_address": f"198.51.{device // 256 % 256}.{device % 256}"}
    return intake_application(
        data=data | {"device": machine} if partner else data,
        branch=house.partner.branch if partner else branch,
        actor=None if partner else house.people[officer],
        partner=house.partner if partner else None,
        external_reference=f"BL-{number:05d}" if partner else None,
        business_date=day,
    )


def pledge_stated(house: House, application: Application, day: date, random: Random, *, inflated: bool = False) -> None:
    """Register what was stated, have it valued, decide what rules raise, and put the lien into the registry."""
    people = house.people
    for item in application.stated_collateral:
        stated = Decimal(item["stated_value"])
        city = item["description"].rpartition(", ")[2]
        asset = assets.register_asset(
            application=application,
            kind=item["kind"].upper(),
            description=item["description"],
            stated_value=stated,
            actor=people["officer2"],
            business_date=day,
            owner=application.borrower,
            owner_name=application.borrower.name if application.borrower else "",
            title_number=item["title_number"],
            city=city,
            postcode=POSTCODES[city],
            insured_until=day + timedelta(days=400),
            confirmed_amount=amount_to_cover(application),
            unlike_reason="Seen on site; the number on the plate is another.",
        )
        describe(asset, stated, actor=people["officer2"], day=day)
        if asset.kind in assets.REGISTRY_KINDS:
            look: dict[str, Any] = {"checked_date": day, "actor": people["officer1"], "business_date": day}
            check_title(asset=asset, holders=[asset.owner_name], proof=sheet(asset, Kind.TITLE_EXTRACT), **look)
        value = _value(house, asset, stated, day, random, factor=Decimal("1.55") if inflated else Decimal("1"))
        if inflated:
            for flag in asset.flags.filter(state="OPEN"):
                flags.decide_flag(
                    flag=flag, uphold=True, reason="Sales of the street do not carry this value.", actor=people["risk2"], business_date=day
                )
            valuations.reject_valuation(
                valuation=value, reason="The value stands far above its own comparables.", actor=people["risk2"], business_date=day
            )
            value = _value(house, asset, stated, day, random, factor=Decimal("0.93"))
        reasons = {
            "above_evidence": "Rebuilt last year; seen on site.",
            "near_twin": "Both seen on site the same day.",
            "appraiser_outlier": "Its comparables were looked up once more and carry it.",
        }
        for flag in asset.flags.filter(state="OPEN", code__in=reasons):
            flags.decide_flag(flag=flag, uphold=False, reason=reasons[flag.code], actor=people["risk2"], business_date=day)
        take_value(house, value, day)


def _value(house: House, asset: Asset, stated: Decimal, day: date, random: Random, *, factor: Decimal) -> Any:
    appraiser = house.people[random.choice(("appraiser1", "appraiser2"))]
    order = valuations.order_valuation(asset=asset, actor=house.people["investigator2"], business_date=day, appraiser=appraiser)
    near = [(f"Sale {number}", (stated * Decimal(random.randrange(94, 106)) / 100).quantize(Decimal(1))) for number in (1, 2, 3)]
    worth = (stated * factor * Decimal(random.randrange(96, 104)) / 100).quantize(Decimal(1))
    method = valuations.METHODS[asset.kind][0]
    return valuations.submit_valuation(
        valuation=order,
        market_value=worth,
        method=method,
        inputs=inputs_for(method, worth),
        comparables=near,
        independence_declared=True,
        remarks="Seen on site.",
        valued_date=day,
        valued_area=facts_now(asset).get("floor_area"),
        actor=appraiser,
        business_date=day,
    )


def decide(house: House, application: Application, day: date, random: Random, *, second: bool = True) -> str:
    """An approver decides as a sensible person would; a second one signs where authority asks for it. Returns the outcome."""
    application.refresh_from_db()
    if not is_cleared(house, application, day):
        return application.state
    system = application.recommendation
    # In the last days whatever is referred is put up, so that the second person and the committee have something to decide.
    approve = system == "APPROVE" or (system == "REFER" and (not second or random.random() < 0.72))
    evaluation = latest_evaluation(application)
    against = true_reasons(evaluation, application.currency).main() if evaluation is not None else []
    made = decisions.decide(
        application=application,
        # What nobody could be told a reason for is a risk manager's to look at.
        outcome="APPROVED" if approve else "DECLINED" if against else "REFERRED",
        amount=None,
        term_months=None,
        annual_rate=None,
        conditions=[],
        reasons=[] if approve else against,
        rationale="Figures, history and purpose support the loan." if approve else "The figures do not carry the loan.",
        override_code="COMPENSATING_INCOME" if approve and system != "APPROVE" else "",
        actor=house.people["approver1"],
        business_date=day,
    )
    if isinstance(made, Recommendation) and made.by_committee:
        for member in ("approver2", "risk1", "risk2") if second else ("approver2",):
            vote_on_decision(application=application, in_favour=True, reason="", actor=house.people[member], business_date=day)
    elif isinstance(made, Recommendation) and second:
        decisions.confirm_decision(application=application, actor=house.people["approver2"], business_date=day)
    elif isinstance(made, Decision) and second and letter_for(made):
        # The letters of the last days are still to be written.
        write_letter(decision=made, actor=house.people["approver1"], business_date=day)
    application.refresh_from_db()
    return application.state


def accept(house: House, application: Application, day: date) -> None:
    """The applicant accepts the offer."""
    application.refresh_from_db()
    offers.accept_offer(application=application, actor=application.officer or house.people["officer2"], business_date=day)


def contract_and_ask_for_payout(house: House, application: Application, person: Invented, day: date) -> Disbursement:
    """Liens stand in the registry, the contract is signed, and the officer asks for the payout."""
    people = house.people
    officer = application.officer or people["officer2"]
    for number, pledge in enumerate(Pledge.objects.filter(application=application).select_related("asset"), start=1):
        for met in possible_twins(pledge.asset):
            why = "Both seen on site the same day."
            judge_twin(asset=pledge.asset, key=met.key, same=False, reason=why, actor=people["risk2"], business_date=day)
        reference = f"REG-{application.reference}-{number}"
        if pledge.asset.kind in settings_in_force().registry_kinds and pledge.state == Pledge.State.PROPOSED:
            # Some weeks before in life; here a day is all there is between decision and contract.
            send(pledge, house, day, number)
        blocked = account_of(pledge.asset) is not None
        word = sheet(pledge.asset, Kind.BLOCK if blocked else Kind.LIEN_REGISTRATION, reference)
        proved: dict[str, Any] = {"registry_reference": reference, "proof": word, "blocked_date": day if blocked else None}
        pledges.perfect_pledge(pledge=pledge, **proved, actor=people["investigator1"], business_date=day)
    loan = make_contract(application=application, actor=officer, business_date=day, first_draw=first_draw(application))
    record_signature(application=application, actor=officer, business_date=day)
    return request_disbursement(
        loan=loan, amount=loan.principal, payee_name=person.name, payee_iban=person.iban, actor=officer, business_date=day
    )


def pay_out(house: House, payout: Disbursement, day: date) -> Loan | None:
    """An approver confirms the payout, unless its account is one that holds the file: then it waits."""
    if not is_cleared(house, payout.loan.application, day):
        return None
    confirm_disbursement(disbursement=payout, actor=house.people["approver2"], business_date=day)
    loan = payout.loan
    loan.refresh_from_db()
    return loan


def send_statement(house: House, day: date) -> None:
    """The last day's statement of the account on which loans are paid has come, and waits to be booked."""
    officer = house.people["officer1"]
    running = Loan.objects.filter(state="ACTIVE", branch__in=officer.branches.all(), next_due_amount__gt=0).order_by("next_due_date", "pk")
    lines = [(f"{loan.next_due_amount:.2f}", f"{loan.borrower.name} {loan.reference}") for loan in running.select_related("borrower")[:6]]
    account = make_iban(Random(0))
    lines += [("480.00", "Rent of the flat above the branch"), ("75.00", "Thank you, as agreed on the telephone")]
    rows = "".join(f"{account};{day.isoformat()};{amount};EUR;{text}\n" for amount, text in lines)
    content = f"account;date;amount;currency;text\n{rows}".encode()
    receive_payments(upload=SimpleUploadedFile(f"statement-{day.isoformat()}.csv", content), actor=officer)
    work_files()
