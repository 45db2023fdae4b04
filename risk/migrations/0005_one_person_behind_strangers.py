"""A rule of fraud: one person behind the files of strangers."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("risk", "0004_each_turn_signed"),
    ]

    operations = [
        migrations.AlterField(
            model_name="fraudsignal",
            name="rule",
            field=models.CharField(
                choices=[
                    ("PHONE", "Phone number shared"),
                    ("ADDRESS", "Address shared"),
                    ("DEVICE", "Device shared"),
                    ("PAYEE", "Account of the payee shared"),
                    ("EMPLOYER", "Many applicants from one employer"),
                    ("DOCUMENT", "The same file handed in twice"),
                    ("NETWORK", "Many applicants from one internet address"),
                    ("NAME", "Nearly the same name"),
                    ("VELOCITY", "Many applications in a short time"),
                    ("BEHIND", "One person behind strangers"),
                    ("IMPOSSIBLE", "Statements that cannot both be true"),
                ],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="fraudtrialchange",
            name="rule",
            field=models.CharField(
                choices=[
                    ("PHONE", "Phone number shared"),
                    ("ADDRESS", "Address shared"),
                    ("DEVICE", "Device shared"),
                    ("PAYEE", "Account of the payee shared"),
                    ("EMPLOYER", "Many applicants from one employer"),
                    ("DOCUMENT", "The same file handed in twice"),
                    ("NETWORK", "Many applicants from one internet address"),
                    ("NAME", "Nearly the same name"),
                    ("VELOCITY", "Many applications in a short time"),
                    ("BEHIND", "One person behind strangers"),
                    ("IMPOSSIBLE", "Statements that cannot both be true"),
                ],
                max_length=10,
            ),
        ),
    ]
