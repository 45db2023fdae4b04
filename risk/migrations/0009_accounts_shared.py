"""A rule of fraud: one account, or one file, of statements that two applicants show."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("risk", "0008_whom_a_bureau_was_asked_about"),
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
                    ("ACCOUNT", "Account of statements, or a file of them"),
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
                    ("ACCOUNT", "Account of statements shared"),
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
                    ("ACCOUNT", "Account of statements shared"),
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
