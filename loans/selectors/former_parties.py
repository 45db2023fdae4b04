"""Who had a part in an application and has none any more."""

from __future__ import annotations

from loans.models import Application, FormerParty


def former_parties(application: Application) -> list[FormerParty]:
    """Those of what was handed in before who are none of what is handed in now; two queries, none where it was handed in once."""
    if application.version == 1:
        return []
    now = set(application.parties.values_list("borrower", "part"))
    return [one for one in application.former_parties.select_related("borrower") if (one.borrower_id, one.part) not in now]
