"""The wordings of claims. They are loaded by 0012_wordings now."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("notices", "0008_claim_codes")]

    operations = []
