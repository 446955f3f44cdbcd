"""The first wording of the declaration, and the section that each reason of return is about."""

from datetime import UTC, datetime

from django.db import migrations

from registry.ledger import protect

DECLARATION = {
    "version": 1,
    "text_kk": (
        "Мен осы ұйымның атынан мәліметтер ұсынамын және олардың менің білуімше дұрыс әрі толық "
        "екенін мәлімдеймін. Не жетіспейтіні туралы маған айтылды. Көрінеу жалған мәлімет бергені "
        "үшін жауапкершілік заңда көзделгенін білемін."
    ),
    "text_ru": (
        "Я представляю сведения от имени этой организации и заявляю, что, насколько мне известно, "
        "они верны и полны. Чего в них не хватает, мне показано. Я знаю, что закон "
        "предусматривает ответственность за заведомо ложные сведения."
    ),
    "text_en": (
        "I file for this organisation and declare that, to the best of my knowledge, these "
        "answers are true and complete. I was shown what is missing. I know that the law provides "
        "for liability for statements known to be false."
    ),
    "effective_from_at": datetime(2026, 1, 1, tzinfo=UTC),
}

SECTIONS = {
    "name_differs": "identity",
    "address_unclear": "addresses",
    "head_unclear": "management",
    "contact_missing": "contacts",
    "figures_contradict": "spending",
    "areas_unclear": "activity",
}


def load(apps, schema_editor):
    apps.get_model("reregistration", "Declaration").objects.create(**DECLARATION)
    reasons = apps.get_model("reregistration", "ReturnReason").objects
    for code, section in SECTIONS.items():
        reasons.filter(code=code).update(section=section)


class Migration(migrations.Migration):
    dependencies = [("reregistration", "0006_sections_of_a_filing")]
    operations = [
        migrations.RunPython(load, migrations.RunPython.noop),
        protect("reregistration_declaration"),
    ]
