"""What the database knows before any table: the BIN rule and the refusal to change history."""

from django.db import migrations

from registry.bin import BIN_RULE_SQL
from registry.ledger import APPEND_ONLY_SQL


class Migration(migrations.Migration):
    dependencies = []

    operations = [
        migrations.RunSQL(BIN_RULE_SQL, "DROP FUNCTION is_bin(text);"),
        migrations.RunSQL(APPEND_ONLY_SQL, "DROP FUNCTION refuse_change();"),
        migrations.RunSQL(
            "CREATE SEQUENCE organisation_number;", "DROP SEQUENCE organisation_number;"
        ),
    ]
