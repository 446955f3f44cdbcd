"""Letters name the page that confirms them. They are loaded by 0012_wordings now."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("notices", "0006_documents_of_a_source")]

    operations = []
