"""The first wordings: a fresh database has letters to send."""

from datetime import UTC, datetime

from django.db import migrations

from notices import templates


def load(apps, schema_editor):
    # In force from before any campaign, so that a rehearsal on a past clock finds them.
    templates.load(
        at=datetime(2020, 1, 1, tzinfo=UTC), model=apps.get_model("notices", "NoticeTemplate")
    )


class Migration(migrations.Migration):
    dependencies = [("notices", "0002_append_only")]

    operations = [migrations.RunPython(load, migrations.RunPython.noop, elidable=False)]
