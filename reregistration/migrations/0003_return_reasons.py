"""The reasons for which a filing is returned, with the words of the letter."""

from django.db import migrations

REASONS = [
    (
        "name_differs",
        "Атауы мемлекеттік тіркеу туралы анықтамадағы атауға сәйкес келмейді.",
        "Наименование не совпадает со справкой о государственной регистрации.",
        "The name differs from the certificate of state registration.",
    ),
    (
        "address_unclear",
        "Мекенжай толық көрсетілмеген.",
        "Адрес указан не полностью.",
        "The address is not complete.",
    ),
    (
        "head_unclear",
        "Басшының тегі мен аты толық көрсетілмеген.",
        "Фамилия и имя руководителя указаны не полностью.",
        "The head's full name is not given.",
    ),
    (
        "contact_missing",
        "Ұйыммен байланысатын телефон немесе электрондық пошта жұмыс істемейді.",
        "Телефон или электронная почта организации не действуют.",
        "The organisation's phone or e-mail does not work.",
    ),
    (
        "figures_contradict",
        "Кіріс пен шығыс туралы мәліметтер бір-біріне қайшы келеді.",
        "Сведения о доходах и расходах противоречат друг другу.",
        "The figures for income and spending contradict each other.",
    ),
    (
        "areas_unclear",
        "Қызмет бағыттары ұйымның жарғысына сәйкес келмейді.",
        "Направления деятельности не соответствуют уставу.",
        "The areas of activity do not match the charter.",
    ),
    (
        "other",
        "Мәліметтерді нақтылау қажет: түсіндірмені қараңыз.",
        "Сведения нужно уточнить: смотрите пояснение.",
        "Something needs to be clarified: see the note.",
    ),
]


def load(apps, schema_editor):
    reason = apps.get_model("reregistration", "ReturnReason")
    reason.objects.bulk_create(
        reason(code=code, name_kk=kk, name_ru=ru, name_en=en) for code, kk, ru, en in REASONS
    )


class Migration(migrations.Migration):
    dependencies = [("reregistration", "0002_append_only")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
