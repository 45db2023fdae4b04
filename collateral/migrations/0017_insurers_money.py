"""What an insurer paid for an asset that is no more, given out like the price of a sale."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("collateral", "0016_paper_of_a_loss"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="realisation",
            name="of_loss",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="No sale: what the insurer, named as the buyer, paid for an asset that is no more",
            ),
        ),
        migrations.AddConstraint(
            model_name="realisation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("of_loss", False),
                    models.Q(("booked_date__isnull", False), ("enforced", True), ("received_date__isnull", False)),
                    _connector="OR",
                ),
                name="realisation_of_loss_has_come_in",
            ),
        ),
    ]
