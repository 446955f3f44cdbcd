"""The numbers of certificates, and the term within which a filing is reviewed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0006_documents_of_a_source"),
        ("reregistration", "0011_filing_signatures"),
    ]

    operations = [
        migrations.RunSQL(
            "CREATE SEQUENCE certificate_number;", "DROP SEQUENCE certificate_number;"
        ),
        migrations.AddField(
            model_name="campaign",
            name="review_working_days",
            field=models.PositiveSmallIntegerField(
                db_default=15, default=15, verbose_name="working days to review a filing"
            ),
        ),
    ]
