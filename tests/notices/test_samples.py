"""Every kind in three languages, with the longest and the emptiest values, in every form."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from pytest_django import Settings

from notices import emails, templates
from notices.documents import notice_pdf
from notices.models import Dispatch, NoticeTemplate
from notices.samples import EMPTIEST, LONGEST, Whose, of, sample
from notices.segments import length_of
from notices.states import Kind
from notices.templates import LANGUAGES
from notices.variables import WITH_SMS
from tests.factories.registry import OrganisationFactory
from tests.notices.documents.pdfs import says

pytestmark = pytest.mark.django_db

BOTH = pytest.mark.parametrize("whose", [LONGEST, EMPTIEST], ids=["longest", "emptiest"])
EACH_LANGUAGE = pytest.mark.parametrize("language", LANGUAGES)
EACH_KIND = pytest.mark.parametrize("kind", Kind.values)
# Facts of the register's extract of September 2026, registry/data/demo/register_2026-09.csv.xz:
# the longest name in Russian (BIN 190640264324) and in Kazakh (BIN 120540186104).
LONGEST_NAMES = {
    "ru": "Объединение юридических лиц в форме ассоциации (союза) "
    '"Центр развития гражданских инициатив" (Восточно-Казахстанская область)',
    "kk": "Солтүстік Қазақстан облысы «Сыбайлас жемқорлыққа қарсы орталық» қауымдастық (одақ) "
    "нысанындағы заңды тұлғалар бірлестігі",
}
# What a template, a missing value or an empty one leaves behind.
GAP = re.compile(r"None|[{}⟦⟧]|\(\s*\)|«\s*»|\n\n\n|: *\.|, *,|  \S")


@pytest.fixture(autouse=True)
def real_address(settings: Settings) -> None:
    """A portal's address as long as a ministry's is."""
    settings.PORTAL_URL = "https://portal.example"


def made(kind: str, language: str, whose: Whose, at: datetime) -> Dispatch:
    template = NoticeTemplate.objects.get(kind=kind, language=language)
    return sample(template, whose, at=at)


@pytest.mark.parametrize("language", LONGEST_NAMES)
def test_the_longest_names_are_those_of_the_extract(language: str) -> None:
    assert getattr(LONGEST.organisation, f"name_{language}") == LONGEST_NAMES[language]


def test_the_emptiest_organisation_has_nothing_that_it_need_not_have() -> None:
    organisation = EMPTIEST.organisation
    assert not any(
        (organisation.name_en, organisation.bin, organisation.address, organisation.head_name)
    )


@BOTH
@EACH_LANGUAGE
@EACH_KIND
def test_an_e_mail_leaves_no_gap(kind: str, language: str, whose: Whose, at: datetime) -> None:
    message = emails.compose(made(kind, language, whose, at))
    assert GAP.search(str(message.subject)) is None
    assert GAP.search(str(message.body)) is None
    for content, _media_type in getattr(message, "alternatives", []):
        assert re.search(r"None|\{[{%]|\(\s*\)", content) is None


@EACH_LANGUAGE
@EACH_KIND
def test_a_letter_shows_the_longest_name_whole(kind: str, language: str, at: datetime) -> None:
    dispatch = made(kind, language, LONGEST, at)
    pdf = notice_pdf(dispatch.notice)
    assert says(pdf, getattr(LONGEST.organisation, f"name_{language}"))
    assert says(pdf, dispatch.notice.text.subject)


@EACH_LANGUAGE
@EACH_KIND
def test_a_letter_of_the_emptiest_is_whole(kind: str, language: str, at: datetime) -> None:
    dispatch = made(kind, language, EMPTIEST, at)
    pdf = notice_pdf(dispatch.notice)
    # English letters name it in Russian: it has no English name.
    name = EMPTIEST.organisation.name_kk if language == "kk" else EMPTIEST.organisation.name_ru
    assert says(pdf, name)
    assert says(pdf, dispatch.notice.number)


@BOTH
@EACH_LANGUAGE
@pytest.mark.parametrize("kind", WITH_SMS)
def test_an_sms_has_two_parts_at_most_and_no_gap(
    kind: str, language: str, whose: Whose, at: datetime
) -> None:
    text = made(kind, language, whose, at).notice.text.sms
    assert 1 <= length_of(text).segments <= 2
    assert GAP.search(text) is None
    assert "N-0000000" in text
    # The address alone: nothing to follow that says who follows it.
    assert re.findall(r"https?://\S+", text) == ["https://portal.example"]


def test_other_kinds_have_no_sms(at: datetime) -> None:
    others = NoticeTemplate.objects.exclude(kind__in=WITH_SMS)
    assert set(others.values_list("sms", flat=True)) == {""}


def test_a_sample_saves_nothing_and_has_no_file(at: datetime) -> None:
    dispatch = made(Kind.RECEIPT, "ru", LONGEST, at)
    # The code that confirms it, and no file.
    assert len(emails.compose(dispatch).attachments) == 1
    assert dispatch._state.adding
    assert dispatch.notice._state.adding


def test_a_sample_for_a_real_organisation_names_it(at: datetime) -> None:
    organisation = OrganisationFactory.create(name_ru="ОФ «Рух»")
    text = made(Kind.REMINDER, "ru", of(organisation), at).notice.text
    assert "ОФ «Рух»" in text.body
    assert organisation.number in text.body


def test_a_draft_makes_a_sample_before_it_is_approved(at: datetime) -> None:
    draft = NoticeTemplate(
        kind=Kind.REMINDER, language="ru", subject="С", body="{{ organisation }}", sms=""
    )
    assert sample(draft, EMPTIEST, at=at).notice.text.body == "ОФ «Үміт»"
    assert templates.rows_in_force(at).filter(kind=Kind.REMINDER, language="ru").get().version == 1
