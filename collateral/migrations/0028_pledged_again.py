"""What was given back may be pledged for the same application again."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("collateral", "0027_waiting_prices")]

    operations = [
        migrations.RemoveConstraint(model_name="pledge", name="pledge_once"),
        migrations.AddConstraint(
            model_name="pledge",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["SUBSTITUTED", "RELEASED", "WITHDRAWN"]), _negated=True),
                fields=("asset", "application"),
                name="pledge_once",
            ),
        ),
    ]
