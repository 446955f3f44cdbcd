"""The counts of a receipt file add up, and its refused rows are kept."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0003_templates"),
    ]

    operations = [
        migrations.AddField(
            model_name="receiptfile",
            name="read",
            field=models.PositiveIntegerField(default=0, verbose_name="rows read"),
        ),
        migrations.AddField(
            model_name="receiptfile",
            name="refused_rows",
            field=models.JSONField(blank=True, default=list, verbose_name="refused rows"),
        ),
        migrations.AddField(
            model_name="receiptfile",
            name="repeated",
            field=models.PositiveIntegerField(default=0, verbose_name="repeated"),
        ),
        migrations.AlterField(
            model_name="receiptfile",
            name="delivered",
            field=models.PositiveIntegerField(default=0, verbose_name="delivered"),
        ),
        migrations.AlterField(
            model_name="receiptfile",
            name="refused",
            field=models.PositiveIntegerField(default=0, verbose_name="refused"),
        ),
        migrations.AlterField(
            model_name="receiptfile",
            name="returned",
            field=models.PositiveIntegerField(default=0, verbose_name="came back"),
        ),
        migrations.AddConstraint(
            model_name="receiptfile",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    read=models.F("delivered")
                    + models.F("returned")
                    + models.F("repeated")
                    + models.F("refused")
                ),
                name="receipt_file_counts_add_up",
            ),
        ),
    ]
