"""The legal grounds that are known today, and what each asks for; staff keep them from here on.

The law texts were read in their wording of 2022 to 2023; on which day each came into force was not
looked up, so all begin on 1 January 2023. A lawyer checks them before launch.
"""

from datetime import date

from django.db import migrations

READ_ON = date(2023, 1, 1)

LETTERS = {
    "kind": "letter_returned",
    "words_kk": "Ұйымның белгілі мекенжайларының әрқайсысынан қайтып келген хаттар",
    "words_ru": "Письма, вернувшиеся с каждого известного адреса организации",
    "words_en": "Letters that came back from every known address of the organisation",
}
VISIT = {
    "kind": "site_visit",
    "words_kk": "Ұйымның орналасқан жеріне немесе нақты мекенжайына бару туралы акт",
    "words_ru": "Акт о выезде по месту нахождения или фактическому адресу организации",
    "words_en": "Act of a visit to the organisation's seat or actual address",
}
FOUNDERS = {
    "kind": "founders_search",
    "words_kk": "Құрылтайшыларды (қатысушыларды) іздестіру нәтижесі",
    "words_ru": "Результат поиска учредителей (участников)",
    "words_en": "Outcome of a search for the founders (participants)",
}
OFFICERS = {
    "kind": "officers_search",
    "words_kk": "Ұйым онсыз жұмыс істей алмайтын лауазымды адамдарды іздестіру нәтижесі",
    "words_ru": "Результат поиска должностных лиц, без которых она не может функционировать",
    "words_en": "Outcome of a search for the officials without whom it cannot function",
}
SERVED = {
    "kind": "proof_of_service",
    "words_kk": "Хабарламаның ұйымға тапсырылғанының дәлелі",
    "words_ru": "Доказательство вручения уведомления организации",
    "words_en": "Proof that a notice was served on the organisation",
}
AS_THE_LAW_SAYS = {
    "kind": "other",
    "words_kk": "Сол заң талап ететін дәлелдер",
    "words_ru": "Доказательства, которых требует этот закон",
    "words_en": "The evidence that such a law asks for",
}

GROUNDS = [
    (
        {
            "code": "absence",
            "track": "court",
            "name_kk": (
                "Заңды тұлғаның өзі орналасқан жерде немесе нақты мекенжайында, сондай-ақ "
                "құрылтайшыларының (қатысушыларының) және ол онсыз жұмыс істей алмайтын лауазымды "
                "адамдарының бір жыл бойы болмауы"
            ),
            "name_ru": (
                "Отсутствие юридического лица по месту нахождения или по фактическому адресу, а "
                "также учредителей (участников) и должностных лиц, без которых оно не может "
                "функционировать, в течение одного года"
            ),
            "name_en": (
                "Absence, for one year, of the legal entity at its seat or actual address and of "
                "the founders (participants) and officials without whom it cannot function"
            ),
            "article_kk": (
                "Қазақстан Республикасының Азаматтық кодексі, 49-бап, 2-тармақ, 3) тармақша"
            ),
            "article_ru": (
                "Гражданский кодекс Республики Казахстан, статья 49, пункт 2, подпункт 3)"
            ),
            "article_en": (
                "Civil Code of the Republic of Kazakhstan, article 49, paragraph 2, item 3)"
            ),
            "from_on": READ_ON,
            "lasting_days": 365,
        },
        [LETTERS, VISIT, FOUNDERS, OFFICERS],
    ),
    (
        {
            "code": "silence",
            "track": "court",
            "name_kk": "Өзге жағдай: үнсіздіктің өзін тарату негізі деп атайтын заң",
            "name_ru": "Иной случай: закон, который называет основанием ликвидации само молчание",
            "name_en": "Another case: a law that makes silence itself a ground for liquidation",
            "article_kk": (
                "Қазақстан Республикасының Азаматтық кодексі, 49-бап, 2-тармақ, 5) тармақша"
            ),
            "article_ru": (
                "Гражданский кодекс Республики Казахстан, статья 49, пункт 2, подпункт 5)"
            ),
            "article_en": (
                "Civil Code of the Republic of Kazakhstan, article 49, paragraph 2, item 5)"
            ),
            "remark_kk": "Мұндай заң қолданыста жоқ: бұл негіз бойынша ештеңе жолданбайды.",
            "remark_ru": "Такого закона нет: по этому основанию ничего не направляется.",
            "remark_en": "No such law is in force: nothing is referred on this ground.",
            "from_on": None,
            "lasting_days": 0,
        },
        [SERVED, AS_THE_LAW_SAYS],
    ),
    (
        {
            "code": "not_submitted",
            "track": "administrative",
            "name_kk": "Мәліметтердің ұсынылмауы: хабарлама жеткен, бірақ ұйым жауап бермеген",
            "name_ru": "Непредставление сведений: уведомление вручено, организация не ответила",
            "name_en": "Information not submitted: the organisation was reached and is silent",
            "article_kk": (
                "«Коммерциялық емес ұйымдар туралы» Заң, 41-бап, 5-тармақ; Әкімшілік құқық "
                "бұзушылық туралы кодекс, 489-1-бап"
            ),
            "article_ru": (
                "Закон «О некоммерческих организациях», статья 41, пункт 5; Кодекс об "
                "административных правонарушениях, статья 489-1"
            ),
            "article_en": (
                "Law on Non-commercial Organisations, article 41, paragraph 5; Code on "
                "Administrative Offences, article 489-1"
            ),
            "remark_kk": "Сотқа жолданбайды: ескерту жасалады, қайталанса айыппұл салынады.",
            "remark_ru": "В суд не направляется: предупреждение, при повторении штраф.",
            "remark_en": "Never referred to the court: a warning, and a fine if it is repeated.",
            "from_on": READ_ON,
            "lasting_days": 0,
        },
        [SERVED],
    ),
]


def write(apps, schema_editor):
    ground = apps.get_model("reregistration", "LegalGround")
    demand = apps.get_model("reregistration", "GroundEvidence")
    for values, demands in GROUNDS:
        made = ground.objects.create(**values)
        for position, asked in enumerate(demands, start=1):
            demand.objects.create(ground=made, position=position, **asked)


class Migration(migrations.Migration):
    dependencies = [("reregistration", "0017_referrals")]

    operations = [migrations.RunPython(write, migrations.RunPython.noop)]
