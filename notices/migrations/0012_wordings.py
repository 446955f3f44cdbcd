"""The wordings that come with the portal: a fresh database has letters to send."""

from datetime import UTC, datetime

from django.db import migrations
from django.utils import timezone

from notices import templates


def load(apps, schema_editor):
    model = apps.get_model("notices", "NoticeTemplate")
    # The first are in force from before any campaign, so that a rehearsal on a past clock finds
    # them; where there are others, from now on.
    is_first = not model.objects.exists()
    at = datetime(2020, 1, 1, tzinfo=UTC) if is_first else timezone.now()
    templates.load(at=at, model=model)


class Migration(migrations.Migration):
    dependencies = [("notices", "0011_append_only_decisions")]

    operations = [migrations.RunPython(load, migrations.RunPython.noop, elidable=False)]
