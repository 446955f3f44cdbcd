"""The register's lines become append-only, and the code lists are loaded."""

from django.db import migrations

from registry import codes
from registry.ledger import protect


def load_codes(apps, schema_editor):
    codes.load(apps.get_model)


class Migration(migrations.Migration):
    dependencies = [("registry", "0002_initial")]

    operations = [
        protect("registry_registerentry"),
        migrations.RunPython(load_codes, migrations.RunPython.noop),
    ]
