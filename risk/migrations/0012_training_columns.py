from django.db import migrations, models

STATES = ["CHOICE", "WAITING", "RUNNING", "DONE", "FAILED"]


class Migration(migrations.Migration):
    dependencies = [
        ("risk", "0011_policy_editors"),
    ]

    operations = [
        migrations.AddField(
            model_name="trainingrun",
            name="columns",
            field=models.JSONField(default=list, help_text="What the columns of a file hold, as risk.domain.training_file says it"),
        ),
        migrations.AlterField(
            model_name="trainingrun",
            name="state",
            field=models.CharField(
                choices=[
                    ("CHOICE", "Columns to be chosen"),
                    ("WAITING", "Waiting"),
                    ("RUNNING", "Training"),
                    ("DONE", "Trained"),
                    ("FAILED", "Not trained"),
                ],
                default="WAITING",
                max_length=7,
            ),
        ),
        migrations.RemoveConstraint(model_name="trainingrun", name="training_state_known"),
        migrations.AddConstraint(
            model_name="trainingrun",
            constraint=models.CheckConstraint(name="training_state_known", condition=models.Q(("state__in", STATES))),
        ),
    ]
