"""Decision letters name their ground, who decided, the remedy, its term and where to file."""

from django.db import migrations
from django.utils import timezone

from notices import templates


def load(apps, schema_editor):
    """The changed wordings; a fresh database has them from 0012_wordings already."""
    templates.load(at=timezone.now(), model=apps.get_model("notices", "NoticeTemplate"))


class Migration(migrations.Migration):
    dependencies = [("notices", "0020_court")]

    operations = [migrations.RunPython(load, migrations.RunPython.noop, elidable=False)]
