from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("loans", "0008_work_queue"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="loan",
            name="loan_overdue",
        ),
        migrations.AddIndex(
            model_name="loan",
            index=models.Index(
                condition=models.Q(("oldest_due_date__isnull", False)), fields=["oldest_due_date", "id"], name="loan_overdue"
            ),
        ),
        # Room on each page for the versions that a night writes, so that they stay beside the old ones.
        migrations.RunSQL("ALTER TABLE loans_loan SET (fillfactor = 80)", "ALTER TABLE loans_loan RESET (fillfactor)"),
    ]
