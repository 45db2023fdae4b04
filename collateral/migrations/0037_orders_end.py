"""An order may end because its asset secures nothing any more: nobody withdraws it."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("collateral", "0036_policies_end")]

    operations = [
        migrations.RemoveConstraint(model_name="valuation", name="valuation_withdrawn_with_reason"),
        migrations.AddConstraint(
            model_name="valuation",
            constraint=models.CheckConstraint(
                name="valuation_withdrawn_with_reason",
                condition=~Q(state="WITHDRAWN") | Q(due_date__isnull=False) & ~Q(decision_reason=""),
            ),
        ),
    ]
