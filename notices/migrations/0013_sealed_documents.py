"""Issued documents become append-only, and lines of the ledger that the seals take."""

from django.db import migrations, models

from registry.ledger import new_salt, protect


class Migration(migrations.Migration):
    dependencies = [("notices", "0012_wordings")]

    operations = [
        migrations.RunSQL(
            # By a default of the database's, so that each row that stands gets a salt of its own.
            """
            ALTER TABLE notices_issueddocument
                ADD COLUMN salt bytea NOT NULL DEFAULT uuid_send(gen_random_uuid());
            ALTER TABLE notices_issueddocument ALTER COLUMN salt DROP DEFAULT;
            """,
            "ALTER TABLE notices_issueddocument DROP COLUMN salt;",
            state_operations=[
                migrations.AddField(
                    model_name="issueddocument",
                    name="salt",
                    field=models.BinaryField(default=new_salt, editable=False, max_length=16),
                ),
            ],
        ),
        protect("notices_issueddocument"),
    ]
