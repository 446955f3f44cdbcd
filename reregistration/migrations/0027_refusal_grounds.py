"""A ground of a refusal in force quotes the law."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [
        ("reregistration", "0026_calls"),
    ]

    operations = [
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
