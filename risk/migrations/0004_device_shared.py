from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("risk", "0003_bureau_taken_by"),
    ]

    operations = [
        migrations.AlterField(
            model_name="applicationtrace",
            name="kind",
            field=models.CharField(
                choices=[
                    ("PARTY", "Party"),
                    ("PHONE", "Phone"),
                    ("ADDRESS", "Address"),
                    ("PAYEE", "Payee account"),
                    ("EMPLOYER", "Employer"),
                    ("NAME", "Name"),
                    ("DEVICE", "Device"),
                    ("NETWORK", "Internet address"),
                ],
                max_length=8,
            ),
        ),
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
                    ("IMPOSSIBLE", "Statements that cannot both be true"),
                ],
                max_length=10,
            ),
        ),
    ]
