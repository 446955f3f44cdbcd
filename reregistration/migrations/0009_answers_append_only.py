"""Extensions, verifications, contradictions and messages become append-only; answers get their
numbers."""

from django.db import migrations

from registry.ledger import protect


class Migration(migrations.Migration):
    dependencies = [("reregistration", "0008_answers_and_more_time")]

    operations = [
        protect("reregistration_extension"),
        protect("reregistration_verification"),
        protect("reregistration_contradiction"),
        protect("reregistration_questionmessage"),
        migrations.RunSQL(
            "CREATE SEQUENCE objection_number; CREATE SEQUENCE complaint_number; "
            "CREATE SEQUENCE hearing_number;",
            "DROP SEQUENCE objection_number; DROP SEQUENCE complaint_number; "
            "DROP SEQUENCE hearing_number;",
        ),
    ]
