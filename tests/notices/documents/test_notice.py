"""The PDF of a notice says what the notice says."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from notices import codes, notice, templates
from notices.documents import notice_pdf
from notices.models import Notice
from notices.states import Kind
from registry.calendar import ALMATY
from tests.factories.notices import draft_of
from tests.factories.registry import OrganisationFactory
from tests.notices.documents.pdfs import opened, says, text_of

pytestmark = pytest.mark.django_db


def made(kind: Kind, language: str, at: datetime) -> Notice:
    organisation = OrganisationFactory.create(name_kk="«Әділ Ғұмыр» қоғамдық қоры")
    (found,) = notice.register([draft_of(organisation, kind, language=language)], at=at)
    return Notice.objects.select_related("text").get(pk=found.pk)


@pytest.mark.parametrize("language", templates.LANGUAGES)
@pytest.mark.parametrize("kind", Kind.values)
def test_every_word_of_the_letter_is_in_it(kind: str, language: str, at: datetime) -> None:
    found = made(Kind(kind), language, at)
    pdf = notice_pdf(found)
    assert says(pdf, found.number)
    for paragraph in (found.text.subject, *codes.hidden(found.text.body).split("\n\n")):
        assert says(pdf, paragraph)


def test_a_code_to_claim_is_covered(at: datetime) -> None:
    found = made(Kind.ANNOUNCEMENT, "ru", at)
    (code,) = set(re.findall(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b", found.text.body))
    assert not says(notice_pdf(found), code)


def test_the_sender_stands_once_at_the_head(at: datetime) -> None:
    assert text_of(notice_pdf(made(Kind.REMINDER, "kk", at))).count("body kk") == 1


def test_a_letter_that_names_no_sender_is_whole_too(at: datetime) -> None:
    found = made(Kind.REMINDER, "kk", at)
    for body in ("Бір ғана абзац.", "Бірінші жол\nекінші жол\n\nАбзац.", "ұзын " * 60 + "\n\nсоң"):
        found.text.body = body
        assert says(notice_pdf(found), body)


def test_it_is_the_same_whenever_it_is_asked_for(at: datetime) -> None:
    found = made(Kind.REMINDER, "ru", at)
    assert notice_pdf(found) == notice_pdf(found)


def test_it_is_dated_by_the_day_in_almaty() -> None:
    found = made(Kind.REMINDER, "en", datetime(2026, 9, 15, 0, 30, tzinfo=ALMATY))
    assert "15 September 2026" in text_of(notice_pdf(found))


def test_it_reads_nothing_but_the_text_it_is_given(at: datetime) -> None:
    found = made(Kind.REMINDER, "ru", at)
    with CaptureQueriesContext(connection) as queries:
        assert len(opened(notice_pdf(found)).pages) == 1
    assert len(queries) == 0
