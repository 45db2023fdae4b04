"""Each version of the policy keeps its decision model and its examples; versions from before get the model of their rules."""

from django.db import migrations, models

from risk.domain.policy import PolicyRule
from risk.domain.policy_engine import to_jdm


def make_models(apps, schema_editor):
    version = apps.get_model("risk", "PolicyVersion")
    for row in version.objects.all():
        row.jdm = to_jdm([PolicyRule.from_dict(rule) for rule in row.rules])
        row.save(update_fields=["jdm"])


class Migration(migrations.Migration):
    dependencies = [("risk", "0006_field_work")]

    operations = [
        migrations.AddField(
            "policyversion",
            "jdm",
            models.JSONField(
                default=dict, help_text="The decision model of the rules, which the engine evaluates; made when the table is saved"
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            "policyversion",
            "examples",
            models.JSONField(default=list, help_text="Examples as risk.domain.policy_examples reads them"),
        ),
        migrations.RunPython(make_models, migrations.RunPython.noop),
    ]
