"""Events, decisions, reviews and marks become append-only; filings get their numbers."""

from django.db import migrations

from registry.ledger import protect


class Migration(migrations.Migration):
    dependencies = [
        ("reregistration", "0001_initial"),
        ("notices", "0002_append_only"),
    ]

    operations = [
        protect("reregistration_campaigndecision"),
        protect("reregistration_obligationevent"),
        protect("reregistration_review"),
        protect("reregistration_mark"),
        migrations.RunSQL("CREATE SEQUENCE filing_number;", "DROP SEQUENCE filing_number;"),
    ]
