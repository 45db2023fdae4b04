"""Who can sign in to the demo."""

from __future__ import annotations

PASSWORD = "demo-credence"
PARTNER = ("demo-partner", "demo-partner-secret")
STAFF = ("officer", "investigator", "appraiser", "approver", "risk", "collections", "compliance", "auditor", "validator", "admin")


def describe() -> str:
    """The sign-ins as lines for people."""
    names = [f"{role}1, {role}2" for role in STAFF]
    half = (len(names) + 1) // 2
    return (
        f"Sign in as {', '.join(names[:half])},\n"
        f"           {', '.join(names[half:])}; password {PASSWORD}.\n"
        f"Partner client {PARTNER[0]} / {PARTNER[1]} at /oauth/token. Ctrl-C stops everything."
    )
