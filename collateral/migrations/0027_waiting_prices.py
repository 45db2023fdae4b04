"""Prices that wait for a second person, as values follow them where they fell."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("collateral", "0026_receivables_confirmed")]

    operations = [
        migrations.CreateModel(
            name="WaitingPrice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("isin", models.CharField(max_length=12)),
                ("price_date", models.DateField()),
                ("price", models.DecimalField(decimal_places=6, max_digits=18)),
                ("currency", models.CharField(max_length=3)),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="waiting_prices", to="collateral.valuefile"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["isin", "price_date"], name="waiting_price_of_paper")],
                "constraints": [
                    models.UniqueConstraint(fields=("source", "isin", "price_date"), name="waiting_price_once"),
                    models.CheckConstraint(condition=Q(("price__gt", 0)), name="waiting_price_positive"),
                ],
            },
        ),
        # Those that wait already.
        migrations.RunSQL(
            """
INSERT INTO collateral_waitingprice (isin, price_date, price, currency, source_id)
SELECT one ->> 'isin', (one ->> 'date')::date, (one ->> 'figure')::numeric, one ->> 'currency', f.id
FROM collateral_valuefile f
JOIN core_proposal p ON p.kind = 'collateral.figures_of_file' AND p.state = 'OPEN' AND p.target_id = f.id::text
CROSS JOIN LATERAL jsonb_array_elements(f.held) AS one
WHERE f.kind = 'PRICES'
ON CONFLICT DO NOTHING
""",
            migrations.RunSQL.noop,
        ),
    ]
