"""What there is to read about a file, asked at once: most files are of somebody who was never here, with nothing pledged and nothing on
file yet, and what is not there need not be asked for one by one.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from blacklist.selectors.blocking import MENTIONED
from collateral.selectors.coverage import PLEDGED
from core.row_security import whole_bank
from core.written_queries import PreparedQuery
from loans.models import Application
from loans.selectors.groups import SAME_PERSON

# Each is wider than what its reader counts: a reader that is asked in vain costs a query, one that is not asked where it should be a fact.
_ASKED = {
    "facts": "SELECT FROM risk_fact WHERE application_id = %(file)s",
    "reports": "SELECT FROM risk_bureaureport WHERE application_id = %(file)s",
    "registered": "SELECT FROM risk_registeredaddress WHERE application_id = %(file)s",
    "visits": "SELECT FROM risk_fieldrecord WHERE application_id = %(file)s",
    "explanations": "SELECT FROM risk_explanation WHERE application_id = %(file)s",
    "investigation": "SELECT FROM risk_investigation WHERE application_id = %(file)s",
    "otherwise": "SELECT FROM loans_applicationparty WHERE application_id = %(file)s AND differing <> '[]'",
    "holds": "SELECT FROM loans_applicationhold WHERE application_id = %(file)s",
    "pledges": PLEDGED.format(application="%(file)s"),
    "others": "SELECT FROM loans_applicationparty WHERE application_id = %(file)s AND part <> 'APPLICANT'",
    "mentioned": MENTIONED.format(
        keys="SELECT 'borrower:' || p.borrower_id FROM loans_applicationparty p WHERE p.application_id = %(file)s"
    ),
    "accounts": "SELECT FROM loans_bankaccount WHERE borrower_id IN (TABLE person)",
    "loans": "SELECT FROM loans_loan WHERE borrower_id IN (TABLE person) OR application_id = %(file)s",
    "files": "SELECT FROM loans_application WHERE borrower_id IN (TABLE person) AND id <> %(file)s",
    "joint": "SELECT FROM loans_applicationparty WHERE borrower_id IN (TABLE person) AND application_id <> %(file)s",
}


@dataclass(frozen=True)
class Traces:
    """Whether there is anything of each kind. True by itself: whoever did not ask has to look."""

    facts: bool = True
    reports: bool = True
    registered: bool = True
    visits: bool = True
    explanations: bool = True
    investigation: bool = True
    otherwise: bool = True
    holds: bool = True
    pledges: bool = True
    others: bool = True
    mentioned: bool = True
    accounts: bool = True
    loans: bool = True
    files: bool = True
    joint: bool = True

    @property
    def dealings(self) -> bool:
        """Whether the applicant may have loans with us, or be granted any, by this file or another."""
        return self.loans or self.files or self.joint


UNASKED = Traces()
_TRACES = f"""
WITH person AS MATERIALIZED ({SAME_PERSON})
SELECT {", ".join(f"EXISTS ({_ASKED[one.name]})" for one in fields(Traces))}
"""
_traces = PreparedQuery(_TRACES % {"file": "$1", "borrower": "$2"}, 2)


def traces_of(application: Application) -> Traces:
    """What there is of an application and of who applies, in the whole bank. One query."""
    with whole_bank():
        (found,) = _traces.rows(application.pk, application.borrower_id)
    return Traces(*found)
