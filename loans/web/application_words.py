"""What a file asks for, as its page says it."""

from __future__ import annotations

from core.crypto import mask
from loans.models import Application


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
