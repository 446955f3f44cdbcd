"""The wordings of answers. They are loaded by 0012_wordings now."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("notices", "0004_kinds_of_answers")]

    operations = []
