from django.conf import settings
from django.db import migrations, models

# Who wrote in earlier versions: the last one stands in the row, the others in the audit trail.
FILL = """
INSERT INTO loans_productversion_editors (productversion_id, user_id)
SELECT id, drafted_by_id FROM loans_productversion WHERE drafted_by_id IS NOT NULL
UNION
SELECT version.id, entry.actor_id FROM core_auditentry entry JOIN loans_productversion version ON version.id::text = entry.target_id
WHERE entry.action IN ('product.drafted', 'product.edited') AND entry.actor_id IS NOT NULL
  AND entry.target_type = 'loans.productversion'
"""


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("loans", "0012_stated_of_parties"),
    ]

    operations = [
        migrations.AddField(
            model_name="productversion",
            name="editors",
            field=models.ManyToManyField(
                help_text="Everybody who wrote in the draft: none of them offers it", related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
