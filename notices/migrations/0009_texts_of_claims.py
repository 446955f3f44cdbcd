"""The wordings of claims, and the announcement with its code, from the moment of deployment.

A fresh database has them all from 0003, and gets nothing here.
"""

from django.db import migrations
from django.utils import timezone

from notices import templates


def load(apps, schema_editor):
    templates.load(at=timezone.now(), model=apps.get_model("notices", "NoticeTemplate"))


class Migration(migrations.Migration):
    dependencies = [("notices", "0008_claim_codes")]

    operations = [migrations.RunPython(load, migrations.RunPython.noop, elidable=False)]
