"""The first wordings. They are loaded by 0012_wordings now, once all their columns stand."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("notices", "0002_append_only")]

    operations = []
