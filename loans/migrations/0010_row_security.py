"""Borrowers, applications and loans are shown by branch, and to a partner only what came of its own applications."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations

from core.row_policies import ShowByBranch


class Migration(migrations.Migration):
    """No table changes its columns."""

    dependencies: ClassVar = [("loans", "0009_overdue_by_oldest_day")]

    operations: ClassVar = [
        ShowByBranch("loans_borrower"),
        ShowByBranch("loans_application", partner="partner_id = {partner}"),
        ShowByBranch("loans_loan", partner="application_id IN (SELECT id FROM loans_application WHERE partner_id = {partner})"),
    ]
