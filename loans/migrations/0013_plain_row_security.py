"""Policies that cost a query nothing to plan: the settings in plain calls, a loan's partner behind a function."""

from typing import ClassVar

from django.db import migrations

from core.row_policies import ShowByBranch

# PL/pgSQL, since a subquery in the policy itself would be planned with every query on loans.
OF_PARTNER = """
CREATE FUNCTION loans_is_of_partner(application uuid, partner uuid) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN EXISTS (SELECT 1 FROM loans_application WHERE id = application AND partner_id = partner);
END $$;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("loans", "0012_payment_files")]

    operations: ClassVar = [
        migrations.RunSQL(OF_PARTNER, "DROP FUNCTION loans_is_of_partner(uuid, uuid)"),
        ShowByBranch("loans_borrower"),
        ShowByBranch("loans_application", partner="partner_id = {partner}"),
        ShowByBranch("loans_loan", partner="loans_is_of_partner(application_id, {partner})"),
    ]
