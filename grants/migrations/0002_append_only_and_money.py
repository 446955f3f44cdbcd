"""Logs become append-only, numbers get their sequences, money and weights add up, and what was
handed in, scored or blocked stays so: whatever code or console writes."""

from datetime import date

from django.db import migrations

from registry.ledger import protect

LOGS = [
    "grants_applicationevent",
    "grants_awardevent",
    "grants_callevent",
    "grants_commissiondecision",
    "grants_conflictdeclaration",
    "grants_exclusiondeclaration",
    "grants_exclusionfinding",
    "grants_formalcheck",
    "grants_participantevent",
    "grants_payment",
    "grants_repayment",
    "grants_repaymentdemand",
]
SEQUENCES = ["participant", "grant_call", "application", "award", "protocol"]

# A call that is announced has criteria of 100 together, and lots within its budget. The call's row
# is locked, so that two who change its parts at once are looked at one after the other.
CALL_SQL = """
CREATE FUNCTION grants_check_call(the_call bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    its_state text; its_budget numeric; weights bigint; lots numeric;
BEGIN
    SELECT state, budget INTO its_state, its_budget FROM grants_call WHERE id = the_call FOR UPDATE;
    IF NOT FOUND OR its_state IN ('draft', 'cancelled') THEN
        RETURN;
    END IF;
    SELECT coalesce(sum(weight), 0) INTO weights FROM grants_criterion WHERE call_id = the_call;
    IF weights <> 100 THEN
        RAISE EXCEPTION 'call_weights_sum_to_100: call % has %', the_call, weights
            USING ERRCODE = 'check_violation', CONSTRAINT = 'call_weights_sum_to_100';
    END IF;
    SELECT sum(budget) INTO lots FROM grants_lot WHERE call_id = the_call;
    IF lots IS NULL OR lots > its_budget THEN
        RAISE EXCEPTION 'call_lots_within_budget: call % has % of %', the_call, lots, its_budget
            USING ERRCODE = 'check_violation', CONSTRAINT = 'call_lots_within_budget';
    END IF;
END $$;
CREATE FUNCTION grants_call_is_whole() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'grants_call' THEN
        PERFORM grants_check_call(NEW.id);
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        PERFORM grants_check_call(OLD.call_id);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        PERFORM grants_check_call(NEW.call_id);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER call_is_whole AFTER INSERT OR UPDATE ON grants_call
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION grants_call_is_whole();
CREATE CONSTRAINT TRIGGER call_is_whole AFTER INSERT OR UPDATE OR DELETE ON grants_criterion
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION grants_call_is_whole();
CREATE CONSTRAINT TRIGGER call_is_whole AFTER INSERT OR DELETE OR UPDATE OF budget, call_id
    ON grants_lot
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION grants_call_is_whole();
"""
CALL_UNDO = """
DROP TRIGGER call_is_whole ON grants_lot;
DROP TRIGGER call_is_whole ON grants_criterion;
DROP TRIGGER call_is_whole ON grants_call;
DROP FUNCTION grants_call_is_whole;
DROP FUNCTION grants_check_call;
"""

# What a lot has committed is the sum of its awards', and an award is its application's.
LOT_SQL = """
CREATE FUNCTION grants_check_lot(the_lot bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    held numeric; awarded numeric;
BEGIN
    SELECT committed INTO held FROM grants_lot WHERE id = the_lot;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    SELECT coalesce(sum(committed), 0) INTO awarded FROM grants_award WHERE lot_id = the_lot;
    IF held <> awarded THEN
        RAISE EXCEPTION 'lot_commits_its_awards: lot % holds %, its awards %',
            the_lot, held, awarded
            USING ERRCODE = 'check_violation', CONSTRAINT = 'lot_commits_its_awards';
    END IF;
END $$;
CREATE FUNCTION grants_lot_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'grants_lot' THEN
        PERFORM grants_check_lot(NEW.id);
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        PERFORM grants_check_lot(OLD.lot_id);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        PERFORM grants_check_lot(NEW.lot_id);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER lot_adds_up AFTER INSERT OR UPDATE OF committed ON grants_lot
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION grants_lot_adds_up();
CREATE CONSTRAINT TRIGGER lot_adds_up AFTER INSERT OR DELETE OR UPDATE OF committed, lot_id
    ON grants_award
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION grants_lot_adds_up();

CREATE FUNCTION grants_award_is_of_its_application() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM grants_application WHERE id = NEW.application_id AND lot_id = NEW.lot_id
            AND organisation_id = NEW.organisation_id AND amount >= NEW.amount
            AND state = 'awarded'
    ) THEN
        RAISE EXCEPTION 'award_is_of_its_application: %', NEW.number
            USING ERRCODE = 'check_violation', CONSTRAINT = 'award_is_of_its_application';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER award_is_of_its_application
    AFTER INSERT OR UPDATE OF application_id, lot_id, organisation_id, amount ON grants_award
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    EXECUTE FUNCTION grants_award_is_of_its_application();
"""
LOT_UNDO = """
DROP TRIGGER award_is_of_its_application ON grants_award;
DROP FUNCTION grants_award_is_of_its_application;
DROP TRIGGER lot_adds_up ON grants_award;
DROP TRIGGER lot_adds_up ON grants_lot;
DROP FUNCTION grants_lot_adds_up;
DROP FUNCTION grants_check_lot;
"""

# What an award says was paid and returned is what its payments and repayments say.
AWARD_SQL = """
CREATE FUNCTION grants_check_award(the_award bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    its_amount numeric; its_paid numeric; its_returned numeric;
    payments numeric; repayments numeric; planned numeric;
BEGIN
    SELECT amount, paid, returned INTO its_amount, its_paid, its_returned
        FROM grants_award WHERE id = the_award;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    SELECT coalesce(sum(p.amount), 0) INTO payments FROM grants_payment p
        JOIN grants_instalment i ON i.id = p.instalment_id WHERE i.award_id = the_award;
    SELECT coalesce(sum(amount), 0) INTO repayments FROM grants_repayment
        WHERE award_id = the_award;
    SELECT coalesce(sum(amount), 0) INTO planned FROM grants_instalment
        WHERE award_id = the_award AND state <> 'cancelled';
    IF its_paid <> payments OR its_returned <> repayments THEN
        RAISE EXCEPTION 'award_money_adds_up: award % says % and %, its rows % and %',
            the_award, its_paid, its_returned, payments, repayments
            USING ERRCODE = 'check_violation', CONSTRAINT = 'award_money_adds_up';
    END IF;
    IF planned > its_amount THEN
        RAISE EXCEPTION 'award_instalments_within_amount: award % of % plans %',
            the_award, its_amount, planned
            USING ERRCODE = 'check_violation', CONSTRAINT = 'award_instalments_within_amount';
    END IF;
END $$;
CREATE FUNCTION grants_award_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'grants_award' THEN
        PERFORM grants_check_award(NEW.id);
    ELSIF TG_TABLE_NAME = 'grants_payment' THEN
        PERFORM grants_check_award((SELECT award_id FROM grants_instalment
            WHERE id = NEW.instalment_id));
    ELSIF TG_OP = 'DELETE' THEN
        PERFORM grants_check_award(OLD.award_id);
    ELSE
        PERFORM grants_check_award(NEW.award_id);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER award_adds_up AFTER INSERT OR UPDATE OF amount, paid, returned
    ON grants_award
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION grants_award_adds_up();
CREATE CONSTRAINT TRIGGER award_adds_up AFTER INSERT OR UPDATE OR DELETE ON grants_instalment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION grants_award_adds_up();
CREATE CONSTRAINT TRIGGER award_adds_up AFTER INSERT ON grants_payment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION grants_award_adds_up();
CREATE CONSTRAINT TRIGGER award_adds_up AFTER INSERT ON grants_repayment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION grants_award_adds_up();
"""
AWARD_UNDO = """
DROP TRIGGER award_adds_up ON grants_repayment;
DROP TRIGGER award_adds_up ON grants_payment;
DROP TRIGGER award_adds_up ON grants_instalment;
DROP TRIGGER award_adds_up ON grants_award;
DROP FUNCTION grants_award_adds_up;
DROP FUNCTION grants_check_award;
"""

# Nobody awards to, or pays, an organisation that the law keeps from the money.
BLOCK_SQL = """
CREATE FUNCTION grants_refuse_the_blocked(the_organisation bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM registry_organisation
        WHERE id = the_organisation AND status IN ('suspended', 'in_liquidation', 'liquidated')
    ) OR EXISTS (
        SELECT 1 FROM grants_exclusionfinding found
        WHERE found.organisation_id = the_organisation AND found.is_met AND NOT EXISTS (
            SELECT 1 FROM grants_exclusionfinding later
            WHERE later.organisation_id = found.organisation_id
                AND later.exclusion = found.exclusion AND later.id > found.id
        )
    ) THEN
        RAISE EXCEPTION 'organisation_is_blocked: % may get no grant money', the_organisation
            USING ERRCODE = 'check_violation', CONSTRAINT = 'organisation_is_blocked';
    END IF;
END $$;
CREATE FUNCTION grants_refuse_blocked_award() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM grants_refuse_the_blocked(NEW.organisation_id);
    RETURN NEW;
END $$;
CREATE TRIGGER award_to_the_eligible BEFORE INSERT ON grants_award
    FOR EACH ROW EXECUTE FUNCTION grants_refuse_blocked_award();
CREATE FUNCTION grants_refuse_blocked_payment() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    its_state text; the_organisation bigint;
BEGIN
    SELECT a.state, a.organisation_id INTO its_state, the_organisation
        FROM grants_instalment i JOIN grants_award a ON a.id = i.award_id
        WHERE i.id = NEW.instalment_id;
    IF its_state <> 'active' THEN
        RAISE EXCEPTION 'payment_of_an_award_in_force: the award is %', its_state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_of_an_award_in_force';
    END IF;
    PERFORM grants_refuse_the_blocked(the_organisation);
    RETURN NEW;
END $$;
CREATE TRIGGER payment_to_the_unblocked BEFORE INSERT ON grants_payment
    FOR EACH ROW EXECUTE FUNCTION grants_refuse_blocked_payment();
"""
BLOCK_UNDO = """
DROP TRIGGER payment_to_the_unblocked ON grants_payment;
DROP FUNCTION grants_refuse_blocked_payment;
DROP TRIGGER award_to_the_eligible ON grants_award;
DROP FUNCTION grants_refuse_blocked_award;
DROP FUNCTION grants_refuse_the_blocked;
"""

# What was handed in stays as it was; a budget adds up; scores stay as they were locked.
FROZEN_SQL = """
CREATE FUNCTION grants_refuse_change_of_parts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    its_state text;
BEGIN
    SELECT state INTO its_state FROM grants_application
        WHERE id = CASE TG_OP WHEN 'DELETE' THEN OLD.application_id ELSE NEW.application_id END;
    IF its_state NOT IN ('draft', 'returned') THEN
        RAISE EXCEPTION 'application_parts_are_frozen: the application is %', its_state
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'application_parts_are_frozen';
    END IF;
    RETURN COALESCE(NEW, OLD);
END $$;
CREATE TRIGGER parts_are_frozen BEFORE INSERT OR UPDATE OR DELETE ON grants_budgetline
    FOR EACH ROW EXECUTE FUNCTION grants_refuse_change_of_parts();
CREATE TRIGGER parts_are_frozen BEFORE INSERT OR UPDATE OR DELETE ON grants_applicationpaper
    FOR EACH ROW EXECUTE FUNCTION grants_refuse_change_of_parts();

CREATE FUNCTION grants_refuse_change_of_answers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state NOT IN ('draft', 'returned') AND
        (OLD.number, OLD.lot_id, OLD.organisation_id, OLD.participant_id, OLD.language, OLD.title,
         OLD.summary, OLD.problem, OLD.goal, OLD.activities, OLD.results, OLD.area_id,
         OLD.starts_on, OLD.ends_on, OLD.amount, OLD.submitted_at, OLD.sha256)
        IS DISTINCT FROM
        (NEW.number, NEW.lot_id, NEW.organisation_id, NEW.participant_id, NEW.language, NEW.title,
         NEW.summary, NEW.problem, NEW.goal, NEW.activities, NEW.results, NEW.area_id,
         NEW.starts_on, NEW.ends_on, NEW.amount, NEW.submitted_at, NEW.sha256) THEN
        RAISE EXCEPTION 'application_answers_are_frozen: % is %', OLD.number, OLD.state
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'application_answers_are_frozen';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER answers_are_frozen BEFORE UPDATE ON grants_application
    FOR EACH ROW EXECUTE FUNCTION grants_refuse_change_of_answers();

CREATE FUNCTION grants_check_budget(the_application bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    held numeric; lines numeric;
BEGIN
    SELECT amount INTO held FROM grants_application WHERE id = the_application;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    SELECT coalesce(sum(amount), 0) INTO lines FROM grants_budgetline
        WHERE application_id = the_application;
    IF held <> lines THEN
        RAISE EXCEPTION 'application_budget_adds_up: application % asks for %, its lines for %',
            the_application, held, lines
            USING ERRCODE = 'check_violation', CONSTRAINT = 'application_budget_adds_up';
    END IF;
END $$;
CREATE FUNCTION grants_budget_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'grants_application' THEN
        PERFORM grants_check_budget(NEW.id);
    ELSIF TG_OP = 'DELETE' THEN
        PERFORM grants_check_budget(OLD.application_id);
    ELSE
        PERFORM grants_check_budget(NEW.application_id);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER budget_adds_up AFTER INSERT OR UPDATE OF amount ON grants_application
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION grants_budget_adds_up();
CREATE CONSTRAINT TRIGGER budget_adds_up AFTER INSERT OR UPDATE OR DELETE ON grants_budgetline
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION grants_budget_adds_up();

CREATE FUNCTION grants_refuse_change_of_scores() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM grants_evaluation WHERE locked_at IS NOT NULL
            AND id = CASE TG_OP WHEN 'DELETE' THEN OLD.evaluation_id ELSE NEW.evaluation_id END
    ) THEN
        RAISE EXCEPTION 'scores_are_locked'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'scores_are_locked';
    END IF;
    RETURN COALESCE(NEW, OLD);
END $$;
CREATE TRIGGER scores_are_locked BEFORE INSERT OR UPDATE OR DELETE ON grants_score
    FOR EACH ROW EXECUTE FUNCTION grants_refuse_change_of_scores();
CREATE FUNCTION grants_refuse_change_of_evaluation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.locked_at IS NOT NULL THEN
        RAISE EXCEPTION 'scores_are_locked'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'scores_are_locked';
    END IF;
    RETURN COALESCE(NEW, OLD);
END $$;
CREATE TRIGGER evaluation_is_locked BEFORE UPDATE OR DELETE ON grants_evaluation
    FOR EACH ROW EXECUTE FUNCTION grants_refuse_change_of_evaluation();
"""
FROZEN_UNDO = """
DROP TRIGGER evaluation_is_locked ON grants_evaluation;
DROP FUNCTION grants_refuse_change_of_evaluation;
DROP TRIGGER scores_are_locked ON grants_score;
DROP FUNCTION grants_refuse_change_of_scores;
DROP TRIGGER budget_adds_up ON grants_budgetline;
DROP TRIGGER budget_adds_up ON grants_application;
DROP FUNCTION grants_budget_adds_up;
DROP FUNCTION grants_check_budget;
DROP TRIGGER answers_are_frozen ON grants_application;
DROP FUNCTION grants_refuse_change_of_answers;
DROP TRIGGER parts_are_frozen ON grants_applicationpaper;
DROP TRIGGER parts_are_frozen ON grants_budgetline;
DROP FUNCTION grants_refuse_change_of_parts;
"""

# domain.md section 8 and its code list; an officer adds the years to come.
INDEXES = [
    (2015, 1982, "wfin.kz"),
    (2024, 3692, "to be checked: general knowledge"),
    (2025, 3932, "ddn.kz; korrespondent.one"),
    (2026, 4325, "Budget law 2026-2028, signed 2025-12-08 (ddn.kz)"),
]
# SSO Law, article 6-1: type, MCI from and to, months from and to, percent.
RULES = [
    ("short", 500, 3_000, 3, 12, 10),
    ("medium", 3_000, 10_000, 12, 24, 10),
    ("long", 10_000, None, 24, 36, 5),
]


def load_law(apps, schema_editor):
    index = apps.get_model("grants", "Mci")
    index.objects.bulk_create(
        index(year=year, amount=amount, source=source) for year, amount, source in INDEXES
    )
    rule = apps.get_model("grants", "GrantRule")
    rule.objects.bulk_create(
        rule(
            type=kind,
            from_on=date(2016, 1, 1),
            least_mci=least,
            most_mci=most,
            least_months=shortest,
            most_months=longest,
            institutional_percent=percent,
        )
        for kind, least, most, shortest, longest, percent in RULES
    )


class Migration(migrations.Migration):
    dependencies = [("grants", "0001_initial")]

    operations = [
        *(protect(table) for table in LOGS),
        *(
            migrations.RunSQL(f"CREATE SEQUENCE {name}_number", f"DROP SEQUENCE {name}_number")
            for name in SEQUENCES
        ),
        migrations.RunSQL(CALL_SQL, CALL_UNDO),
        migrations.RunSQL(LOT_SQL, LOT_UNDO),
        migrations.RunSQL(AWARD_SQL, AWARD_UNDO),
        migrations.RunSQL(BLOCK_SQL, BLOCK_UNDO),
        migrations.RunSQL(FROZEN_SQL, FROZEN_UNDO),
        migrations.RunPython(load_law, migrations.RunPython.noop),
    ]
