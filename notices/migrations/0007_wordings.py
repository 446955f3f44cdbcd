"""Every letter names the page that confirms it: the changed wordings become new versions."""

from django.db import migrations
from django.utils import timezone

from notices import templates


def load(apps, schema_editor):
    templates.load(at=timezone.now(), model=apps.get_model("notices", "NoticeTemplate"))


class Migration(migrations.Migration):
    dependencies = [("notices", "0006_documents_of_a_source")]

    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
