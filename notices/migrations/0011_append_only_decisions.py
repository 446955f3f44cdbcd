"""Decisions on sendings are append-only; wordings that are in use count as approved."""

from django.db import migrations
from django.db.models import F

from registry.ledger import protect


def approve_what_is_in_use(apps, schema_editor):
    templates = apps.get_model("notices", "NoticeTemplate")
    templates.objects.filter(approved_at=None).update(approved_at=F("effective_from_at"))


class Migration(migrations.Migration):
    dependencies = [("notices", "0010_delivery")]

    operations = [
        protect("notices_dispatchdecision"),
        migrations.RunPython(approve_what_is_in_use, migrations.RunPython.noop),
    ]
