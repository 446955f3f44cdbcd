import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

# Awards of this portal and past ones as rows of one shape: what pages, totals and files read.
# The states are `grants.states.GRANTED`; a test holds that they are the same.
VIEW = """
CREATE VIEW public_award AS
SELECT
    'award:' || award.id AS id,
    award.number::text AS identifier,
    false AS is_past,
    award.state::text AS state,
    coalesce(recipient.merged_into_id, recipient.id) AS organisation_id,
    recipient.id AS recorded_id,
    '' AS recipient_name,
    '' AS recipient_identifier,
    application.title::text AS title,
    application.summary AS description,
    call.programme_id,
    '' AS programme_name,
    '' AS funder_name,
    '' AS funder_identifier,
    'KZT' AS currency,
    award.committed AS amount,
    award.paid,
    (award.awarded_at AT TIME ZONE 'Asia/Almaty')::date AS awarded_on,
    extract(year FROM award.awarded_at AT TIME ZONE 'Asia/Almaty')::int AS year,
    award.starts_on,
    award.ends_on,
    ARRAY(
        SELECT chosen.region_id::text FROM grants_application_regions chosen
        WHERE chosen.application_id = application.id ORDER BY 1
    ) AS regions,
    application.area_id
FROM grants_award award
JOIN grants_application application ON application.id = award.application_id
JOIN grants_lot lot ON lot.id = award.lot_id
JOIN grants_call call ON call.id = lot.call_id
JOIN registry_organisation recipient ON recipient.id = award.organisation_id
WHERE award.state IN ('active', 'suspended', 'completed', 'terminated')
UNION ALL
SELECT
    'past:' || past.id,
    past.identifier::text,
    true,
    '',
    coalesce(recipient.merged_into_id, recipient.id),
    recipient.id,
    past.recipient_name,
    past.recipient_identifier::text,
    past.title,
    past.description,
    NULL::bigint,
    past.programme,
    past.funder_name,
    past.funder_identifier::text,
    past.currency::text,
    past.amount,
    NULL::numeric,
    past.awarded_on,
    extract(year FROM past.awarded_on)::int,
    past.starts_on,
    past.ends_on,
    CASE WHEN past.region_id IS NULL THEN '{}'::text[] ELSE ARRAY[past.region_id::text] END,
    past.area_id
FROM grants_pastaward past
LEFT JOIN registry_organisation recipient ON recipient.id = past.organisation_id
"""


def key(to: str) -> models.ForeignKey:
    return models.ForeignKey(
        to, django.db.models.deletion.DO_NOTHING, null=True, related_name="+", db_constraint=False
    )


class Migration(migrations.Migration):
    initial = True
    dependencies = [("grants", "0001_initial")]

    operations = [
        migrations.RunSQL(VIEW, "DROP VIEW public_award"),
        migrations.CreateModel(
            name="PublicAward",
            fields=[
                ("id", models.CharField(max_length=30, primary_key=True, serialize=False)),
                ("identifier", models.CharField(max_length=200)),
                ("is_past", models.BooleanField()),
                ("state", models.CharField(max_length=10)),
                ("organisation", key("registry.organisation")),
                ("recorded", key("registry.organisation")),
                ("recipient_name", models.TextField()),
                ("recipient_identifier", models.CharField(max_length=100)),
                ("title", models.TextField()),
                ("description", models.TextField()),
                ("programme", key("grants.programme")),
                ("programme_name", models.TextField()),
                ("funder_name", models.TextField()),
                ("funder_identifier", models.CharField(max_length=100)),
                ("currency", models.CharField(max_length=3)),
                ("amount", models.DecimalField(decimal_places=2, max_digits=15, null=True)),
                ("paid", models.DecimalField(decimal_places=2, max_digits=15, null=True)),
                ("awarded_on", models.DateField()),
                ("year", models.IntegerField()),
                ("starts_on", models.DateField(null=True)),
                ("ends_on", models.DateField(null=True)),
                (
                    "regions",
                    django.contrib.postgres.fields.ArrayField(models.TextField()),
                ),
                ("area", key("registry.activityarea")),
            ],
            options={
                "db_table": "public_award",
                "ordering": ["-awarded_on", "id"],
                "managed": False,
                "default_permissions": (),
            },
        ),
    ]
