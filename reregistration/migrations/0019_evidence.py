"""Evidence that speaks for an organisation, and the paper that a returned letter is proved by."""

from django.db import migrations, models

MAY_FIND = ["site_visit", "founders_search", "officers_search", "other"]


class Migration(migrations.Migration):
    dependencies = [("reregistration", "0018_legal_grounds")]

    operations = [
        migrations.AddField(
            model_name="evidenceitem",
            name="somebody_found",
            field=models.BooleanField(
                db_default=False,
                default=False,
                verbose_name="somebody of the organisation was found",
            ),
        ),
        migrations.AddConstraint(
            model_name="evidenceitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("somebody_found", False), ("kind__in", MAY_FIND), _connector="OR"
                ),
                name="evidence_of_who_was_found_is_of_a_search",
            ),
        ),
        migrations.RemoveConstraint(
            model_name="evidenceitem", name="evidence_of_a_visit_has_its_act"
        ),
        migrations.AddConstraint(
            model_name="evidenceitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind__in", ["letter_returned", "site_visit"]), _negated=True),
                    ("file__isnull", False),
                    _connector="OR",
                ),
                name="evidence_of_a_kind_has_its_paper",
            ),
        ),
    ]
