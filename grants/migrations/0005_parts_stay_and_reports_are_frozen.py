"""What the triggers of 0002 left open: parts that are moved to another row, a payment of another
sum than its instalment's, and reports, which stay as they were handed in."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

KINDS = [
    ("offered", "offered"),
    ("accepted", "accepted"),
    ("refused", "not accepted"),
    ("planned", "instalments planned"),
    ("paid", "paid"),
    ("suspended", "suspended"),
    ("resumed", "resumed"),
    ("demanded", "return of money demanded"),
    ("returned", "money returned"),
    ("asked", "report asked for"),
    ("reported", "report submitted"),
    ("report_returned", "report returned for correction"),
    ("report_accepted", "report accepted"),
    ("warned", "the organisation's standing changed"),
    ("completed", "completed"),
    ("terminated", "terminated"),
]

# A line, paper or score that is moved is looked at where it was and where it comes.
PARTS_SQL = """
CREATE OR REPLACE FUNCTION grants_refuse_change_of_parts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    its_state text;
BEGIN
    FOR its_state IN
        SELECT state FROM grants_application
        WHERE (TG_OP <> 'INSERT' AND id = OLD.application_id)
            OR (TG_OP <> 'DELETE' AND id = NEW.application_id)
    LOOP
        IF its_state NOT IN ('draft', 'returned') THEN
            RAISE EXCEPTION 'application_parts_are_frozen: the application is %', its_state
                USING ERRCODE = 'restrict_violation', CONSTRAINT = 'application_parts_are_frozen';
        END IF;
    END LOOP;
    RETURN COALESCE(NEW, OLD);
END $$;
CREATE OR REPLACE FUNCTION grants_budget_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'grants_application' THEN
        PERFORM grants_check_budget(NEW.id);
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        PERFORM grants_check_budget(OLD.application_id);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        PERFORM grants_check_budget(NEW.application_id);
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION grants_refuse_change_of_scores() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM grants_evaluation WHERE locked_at IS NOT NULL
            AND ((TG_OP <> 'INSERT' AND id = OLD.evaluation_id)
                OR (TG_OP <> 'DELETE' AND id = NEW.evaluation_id))
    ) THEN
        RAISE EXCEPTION 'scores_are_locked'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'scores_are_locked';
    END IF;
    RETURN COALESCE(NEW, OLD);
END $$;
CREATE OR REPLACE FUNCTION grants_award_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'grants_award' THEN
        PERFORM grants_check_award(NEW.id);
        RETURN NULL;
    ELSIF TG_TABLE_NAME = 'grants_payment' THEN
        PERFORM grants_check_award((SELECT award_id FROM grants_instalment
            WHERE id = NEW.instalment_id));
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        PERFORM grants_check_award(OLD.award_id);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        PERFORM grants_check_award(NEW.award_id);
    END IF;
    RETURN NULL;
END $$;
"""

# A payment is its instalment's sum, and an instalment that was paid stays as it was paid.
PAYMENT_SQL = """
CREATE FUNCTION grants_refuse_another_sum() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM grants_instalment WHERE id = NEW.instalment_id AND amount = NEW.amount
    ) THEN
        RAISE EXCEPTION 'payment_is_of_its_instalment: %', NEW.instalment_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_is_of_its_instalment';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payment_is_of_its_instalment BEFORE INSERT ON grants_payment
    FOR EACH ROW EXECUTE FUNCTION grants_refuse_another_sum();
CREATE FUNCTION grants_refuse_change_of_paid() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'paid' AND (
        TG_OP = 'DELETE' OR (OLD.award_id, OLD.amount, OLD.state)
            IS DISTINCT FROM (NEW.award_id, NEW.amount, NEW.state)
    ) THEN
        RAISE EXCEPTION 'instalment_paid_stays: %', OLD.id
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'instalment_paid_stays';
    END IF;
    RETURN COALESCE(NEW, OLD);
END $$;
CREATE TRIGGER instalment_paid_stays BEFORE UPDATE OR DELETE ON grants_instalment
    FOR EACH ROW EXECUTE FUNCTION grants_refuse_change_of_paid();
"""
PAYMENT_UNDO = """
DROP TRIGGER instalment_paid_stays ON grants_instalment;
DROP FUNCTION grants_refuse_change_of_paid;
DROP TRIGGER payment_is_of_its_instalment ON grants_payment;
DROP FUNCTION grants_refuse_another_sum;
"""

# What a report says is changed before it is handed in and once it is returned, and its lines come
# to what it says was spent.
REPORT_SQL = """
CREATE FUNCTION grants_refuse_change_of_report() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state IN ('submitted', 'accepted') AND (
        TG_OP = 'DELETE' OR
        (OLD.award_id, OLD.position, OLD.kind, OLD.period_from_on, OLD.period_until_on, OLD.text,
         OLD.results, OLD.spent, OLD.submitted_at, OLD.submitted_by_id, OLD.sha256)
        IS DISTINCT FROM
        (NEW.award_id, NEW.position, NEW.kind, NEW.period_from_on, NEW.period_until_on, NEW.text,
         NEW.results, NEW.spent, NEW.submitted_at, NEW.submitted_by_id, NEW.sha256)
    ) THEN
        RAISE EXCEPTION 'report_is_frozen: it is %', OLD.state
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'report_is_frozen';
    END IF;
    RETURN COALESCE(NEW, OLD);
END $$;
CREATE TRIGGER report_is_frozen BEFORE UPDATE OR DELETE ON grants_report
    FOR EACH ROW EXECUTE FUNCTION grants_refuse_change_of_report();

CREATE FUNCTION grants_refuse_change_of_report_parts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM grants_report WHERE state IN ('submitted', 'accepted')
            AND (id = OLD.report_id OR (TG_OP = 'UPDATE' AND id = NEW.report_id))
    ) THEN
        RAISE EXCEPTION 'report_is_frozen: % of it', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'report_is_frozen';
    END IF;
    RETURN COALESCE(NEW, OLD);
END $$;
CREATE TRIGGER report_is_frozen BEFORE UPDATE OR DELETE ON grants_reportline
    FOR EACH ROW EXECUTE FUNCTION grants_refuse_change_of_report_parts();
CREATE TRIGGER report_is_frozen BEFORE UPDATE OR DELETE ON grants_reportpaper
    FOR EACH ROW EXECUTE FUNCTION grants_refuse_change_of_report_parts();

CREATE FUNCTION grants_report_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    the_report bigint;
    told numeric;
    lines numeric;
BEGIN
    IF TG_TABLE_NAME = 'grants_report' THEN
        the_report := NEW.id;
    ELSE
        the_report := COALESCE(NEW.report_id, OLD.report_id);
    END IF;
    SELECT spent INTO told FROM grants_report WHERE id = the_report;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    SELECT coalesce(sum(spent), 0) INTO lines FROM grants_reportline WHERE report_id = the_report;
    IF told <> lines THEN
        RAISE EXCEPTION 'report_adds_up: report % says %, its lines %', the_report, told, lines
            USING ERRCODE = 'check_violation', CONSTRAINT = 'report_adds_up';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER report_adds_up AFTER INSERT OR UPDATE OF spent ON grants_report
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION grants_report_adds_up();
CREATE CONSTRAINT TRIGGER report_adds_up AFTER INSERT OR UPDATE OR DELETE ON grants_reportline
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION grants_report_adds_up();
"""
REPORT_UNDO = """
DROP TRIGGER report_adds_up ON grants_reportline;
DROP TRIGGER report_adds_up ON grants_report;
DROP FUNCTION grants_report_adds_up;
DROP TRIGGER report_is_frozen ON grants_reportpaper;
DROP TRIGGER report_is_frozen ON grants_reportline;
DROP FUNCTION grants_refuse_change_of_report_parts;
DROP TRIGGER report_is_frozen ON grants_report;
DROP FUNCTION grants_refuse_change_of_report;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("grants", "0004_struck_protocols"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        # The functions of 0002 are replaced; the older ones held less, and nothing needs them.
        migrations.RunSQL(PARTS_SQL, migrations.RunSQL.noop),
        migrations.RunSQL(PAYMENT_SQL, PAYMENT_UNDO),
        migrations.RunSQL(REPORT_SQL, REPORT_UNDO),
        migrations.AddField(
            model_name="evaluation",
            name="taken_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="taken back"),
        ),
        migrations.AddField(
            model_name="evaluation",
            name="taken_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="evaluation",
            name="taken_reason",
            field=models.TextField(blank=True, verbose_name="why it was taken back"),
        ),
        migrations.AddConstraint(
            model_name="evaluation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("taken_at__isnull", True),
                        ("taken_by__isnull", True),
                        ("taken_reason", ""),
                    ),
                    models.Q(
                        ("locked_at__isnull", True),
                        ("taken_at__isnull", False),
                        ("taken_by__isnull", False),
                        models.Q(("taken_reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="evaluation_taken_says_why",
            ),
        ),
        # It is published as KZ-BIN: never a person's number.
        migrations.AddConstraint(
            model_name="programme",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("funder_bin", ""),
                    models.Func(
                        "funder_bin", function="is_bin", output_field=models.BooleanField()
                    ),
                    _connector="OR",
                ),
                name="programme_funder_bin_is_one",
            ),
        ),
        migrations.AlterField(
            model_name="awardevent",
            name="kind",
            field=models.CharField(choices=KINDS, max_length=16, verbose_name="what happened"),
        ),
        migrations.RemoveConstraint(model_name="awardevent", name="award_event_kind_is_known"),
        migrations.AddConstraint(
            model_name="awardevent",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", [kind for kind, _label in KINDS])),
                name="award_event_kind_is_known",
            ),
        ),
    ]
