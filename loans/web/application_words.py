"""What a file asks for and its figures, as its page says them."""

from __future__ import annotations

from core.crypto import mask
from core.web.components import Kpi
from core.web.formats import money
from loans.models import Application, ApplicationOutcome
from loans.web.queue_views import RECOMMENDATIONS


def asked_for(application: Application) -> list[tuple[str, str]]:
    """What the loan is for, who is paid on which account, and the work of the applicant: (label, words), empty where nothing was stated."""
    version = application.product_version
    titles = {row["code"]: row["title"] for row in version.purposes} if version else {}
    purpose = titles.get(application.purpose_code, application.purpose_code)
    rows = [
        ("Purpose", ": ".join(dict.fromkeys(part for part in (purpose, application.purpose_text) if part))),
        ("Paid to", application.payee_name),
        ("Account of the payee", mask(application.payee_iban) if application.payee_iban else ""),
    ]
    if application.borrower is not None and application.borrower.kind == "PERSON":
        work = (application.stated or {}).get("employment") or {}
        since = f", {work['months']} months" if work.get("months") else ""
        rows.append(("Employer, as stated", f"{work.get('employer') or 'not named'}{since}" if work else ""))
    return rows


def kpis_of(application: Application, outcome: ApplicationOutcome | None = None) -> list[Kpi]:
    """The figures at the top of a file; what was granted stands beside what was asked for."""
    recommendation = RECOMMENDATIONS.get(application.recommendation)
    amount = money(application.amount, "", places=0) if application.amount is not None else "not yet"
    granted = outcome if outcome is not None and outcome.amount is not None else None
    term = granted.term_months if granted else application.term_months
    other = f", asked {application.term_months}" if granted and term != application.term_months else ""
    return [
        Kpi("Requested", amount, unit=application.currency),
        *([Kpi("Granted", money(granted.amount, "", places=0), unit=application.currency)] if granted else []),
        Kpi("Term", str(term or "not yet"), unit=f"months{other}" if term else ""),
        Kpi("Product", application.product_version.product.name if application.product_version else "not yet"),
        Kpi("Score", str(application.score) if application.score is not None else "not yet", grade=application.grade),
        Kpi("System says", recommendation[1] if recommendation else "not yet", status=recommendation[0] if recommendation else ""),
        Kpi("Flags", str(len(application.flags)), unit=application.flags[0] if application.flags else "none"),
    ]
