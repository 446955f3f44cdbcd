"""An approved wording is never changed and never deleted: notices were made from it."""

from django.db import migrations

SQL = """
CREATE FUNCTION refuse_change_of_wording() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% % is approved: % is refused. Draft a new version.',
        TG_TABLE_NAME, OLD.id, TG_OP USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER template_frozen BEFORE UPDATE OR DELETE ON notices_noticetemplate
    FOR EACH ROW WHEN (OLD.approved_at IS NOT NULL) EXECUTE FUNCTION refuse_change_of_wording();
"""

UNDO = """
DROP TRIGGER template_frozen ON notices_noticetemplate;
DROP FUNCTION refuse_change_of_wording();
"""


class Migration(migrations.Migration):
    dependencies = [("notices", "0013_sealed_documents")]

    operations = [migrations.RunSQL(SQL, UNDO)]
