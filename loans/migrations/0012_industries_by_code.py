"""Industries by their code. What was written before stays beside it; whatever reads as an industry of the list gets its code.

A bare letter from G on is not read: editions of the list give it to different industries ("K" was finance and is telecommunication now),
and nobody wrote down by which it was meant. Such a company has no known industry until somebody says it.
"""

from typing import Any

from django.db import migrations, models

from core.industries import is_of_unknown_edition, read_industry


def code_industries(apps: Any, schema_editor: Any) -> None:
    """The code of every text that reads, one statement for each."""
    rows = apps.get_model("loans", "Borrower").objects.using(schema_editor.connection.alias).filter(industry="")
    for written in rows.exclude(industry_written="").values_list("industry_written", flat=True).order_by().distinct():
        if (code := read_industry(written)) and not is_of_unknown_edition(written):
            rows.filter(industry_written=written).update(industry=code)


class Migration(migrations.Migration):
    dependencies = [
        ("loans", "0011_lines_told_by_a_later_file"),
    ]

    operations = [
        migrations.RenameField(
            model_name="borrower",
            old_name="industry",
            new_name="industry_written",
        ),
        migrations.AddField(
            model_name="borrower",
            name="industry",
            field=models.CharField(blank=True, max_length=3),
            preserve_default=False,
        ),
        migrations.RunPython(code_industries, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="borrower",
            constraint=models.CheckConstraint(
                name="borrower_industry_is_a_code",
                condition=models.Q(industry__regex="^([A-V]([0-9]{2})?)?$"),
            ),
        ),
    ]
