"""A paper, a policy and an entry of a registry prove one thing: what finds them again at another one."""

from django.db import migrations, models
from django.db.models import Q
from django.db.models.functions import Upper


def plain(column: str) -> Upper:
    letters = models.Func(
        models.F(column), models.Value("[[:space:][:punct:]]"), models.Value(""), models.Value("g"), function="regexp_replace",
        output_field=models.CharField(),
    )  # fmt: skip
    return Upper(letters)


class Migration(migrations.Migration):
    dependencies = [("collateral", "0013_claims_confirmed_by_another")]

    operations = [
        migrations.AddIndex("insurancepolicy", models.Index(plain("policy_number"), name="insurance_by_number")),
        migrations.AddIndex("lien", models.Index(plain("registry_reference"), name="lien_by_entry", condition=Q(ended_date__isnull=True))),
        migrations.AddIndex(
            "pledge", models.Index(plain("registry_reference"), name="pledge_by_entry", condition=~Q(registry_reference=""))
        ),
    ]
