"""Industries by their code where peers are compared and the book is counted. Accounts are never changed otherwise.

A bare letter from G on is not read, since editions of the list give it to different industries. What is kept of it says so, or it would be
read as a code from now on.
"""

from typing import Any

from django.db import migrations

from core.industries import is_of_unknown_edition, read_industry, section_of

DIMENSIONS = ["industry", "granted_industry"]
CODE = """
UPDATE risk_annualaccounts a SET industry = code.code
FROM unnest(%s::text[], %s::text[]) AS code (words, code) WHERE a.industry = code.words
"""
# Two words for one section become one figure of their sum. A key is the first 40 letters of what was written.
COUNT_AGAIN = """
WITH code AS (SELECT * FROM unnest(%s::text[], %s::text[]) AS code (words, section)),
gone AS (
    DELETE FROM risk_portfoliofigure f USING code WHERE f.dimension = ANY (%s) AND f.key = code.words
    RETURNING f.business_date, f.branch_id, f.dimension, code.section, f.count, f.amount
)
INSERT INTO risk_portfoliofigure (business_date, branch_id, dimension, key, count, amount)
SELECT business_date, branch_id, dimension, section, sum(count), sum(amount) FROM gone GROUP BY 1, 2, 3, 4
"""


def _read(words: str) -> str | None:
    return f"{words.strip().upper()}, edition not known" if is_of_unknown_edition(words) else read_industry(words)


def code_industries(apps: Any, schema_editor: Any) -> None:
    """The accounts of whatever reads as an industry of the list; the rest stays as it was written."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT industry FROM risk_annualaccounts WHERE industry <> ''")
        codes = {words: code for (words,) in cursor.fetchall() if (code := _read(words))}
        if codes:
            cursor.execute(CODE, [list(codes), list(codes.values())])


def count_again(apps: Any, schema_editor: Any) -> None:
    """The figures of every close by section."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT key FROM risk_portfoliofigure WHERE dimension = ANY (%s)", [DIMENSIONS])
        sections = {words: section_of(code) for (words,) in cursor.fetchall() if (code := _read(words))}
        cursor.execute(COUNT_AGAIN, [list(sections), list(sections.values()), DIMENSIONS])


class Migration(migrations.Migration):
    dependencies = [
        ("risk", "0014_outweighed_sources"),
        ("loans", "0012_industries_by_code"),
    ]

    operations = [
        migrations.RunSQL("ALTER TABLE risk_annualaccounts DISABLE TRIGGER append_only", migrations.RunSQL.noop),
        migrations.RunPython(code_industries, migrations.RunPython.noop),
        migrations.RunSQL("ALTER TABLE risk_annualaccounts ENABLE TRIGGER append_only", migrations.RunSQL.noop),
        migrations.RunPython(count_again, migrations.RunPython.noop),
    ]
