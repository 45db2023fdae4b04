"""The paper that shows that a claim of somebody else ended."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("collateral", "0014_titles_and_proposers"),
    ]

    operations = [
        migrations.AddField(
            model_name="lien",
            name="end_document",
            field=models.ForeignKey(
                help_text="What shows that it ended", null=True, on_delete=models.PROTECT, related_name="+", to="collateral.assetdocument"
            ),
        ),
    ]
