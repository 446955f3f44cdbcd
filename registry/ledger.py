"""Rows that are written once and never changed: how, and how the database keeps it so.

Register entries, obligation events, notices, services, reviews and marks are append-only.
Triggers refuse UPDATE, DELETE and TRUNCATE, so that neither a slip nor a console can rewrite
what a court may read. Each row carries a random salt: the daily seal hashes row and salt
together, so that a published leaf gives nothing of the row away.

A personal value is not written into such a line. The line holds a commitment, SHA-256 over a
salt of its own and the value; value and salt live in a side table, where both can be erased and
the line stays verifiable.
"""

from __future__ import annotations

import hashlib
import secrets

from django.db import migrations, models

SALT_BYTES = 16


def new_salt() -> bytes:
    return secrets.token_bytes(SALT_BYTES)


def commitment(value: str, salt: bytes) -> str:
    """The hexadecimal SHA-256 of salt and value, which stands in a line for the value itself."""
    return hashlib.sha256(salt + value.encode()).hexdigest()


class AppendOnly(models.Model):
    """A row that is never changed after it is written; pair it with `protect` in a migration."""

    salt = models.BinaryField(default=new_salt, max_length=SALT_BYTES, editable=False)

    class Meta:
        abstract = True


# One function serves every table; its message says what to do instead.
APPEND_ONLY_SQL = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % is refused. Write a new row that corrects it.',
        TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;
"""


def protect(table: str) -> migrations.RunSQL:
    """The migration operation that makes a table append-only."""
    return migrations.RunSQL(
        f"""
        CREATE TRIGGER append_only_rows BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION refuse_change();
        CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
        """,
        f"""
        DROP TRIGGER append_only_rows ON {table};
        DROP TRIGGER append_only_truncate ON {table};
        """,
    )
