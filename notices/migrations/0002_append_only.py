"""Notices and services become append-only."""

from django.db import migrations

from registry.ledger import protect


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0001_initial"),
        ("registry", "0003_append_only_and_codes"),
    ]

    operations = [
        protect("notices_notice"),
        protect("notices_service"),
        migrations.RunSQL(
            "CREATE SEQUENCE notice_number; CREATE SEQUENCE letter_batch_number;",
            "DROP SEQUENCE notice_number; DROP SEQUENCE letter_batch_number;",
        ),
    ]
