"""Grounds of refusals that were written from memory go; who enters one quotes the law."""

from django.db import migrations, models
from django.db.models import Q

WRITTEN_UNREAD = ["unreliable", "requirements", "court_ban"]


def remove_unread(apps, schema_editor):
    """None was ever in force, so nothing rests on one."""
    ground = apps.get_model("reregistration", "RefusalGround")
    ground.objects.filter(code__in=WRITTEN_UNREAD, from_on=None, proposals=None).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("reregistration", "0023_review_decisions"),
    ]

    operations = [
        migrations.RunPython(remove_unread, migrations.RunPython.noop),
        migrations.AddField(
            model_name="refusalground",
            name="quoted_kk",
            field=models.TextField(default="", verbose_name="text of the article, Kazakh"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="refusalground",
            name="quoted_ru",
            field=models.TextField(default="", verbose_name="text of the article, Russian"),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            model_name="refusalground",
            constraint=models.CheckConstraint(
                condition=Q(from_on__isnull=True)
                | ~Q(article_kk="") & ~Q(article_ru="") & ~Q(quoted_kk="") & ~Q(quoted_ru=""),
                name="refusal_ground_in_force_quotes_the_law",
            ),
        ),
    ]
