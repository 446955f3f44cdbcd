"""The desk where letters are worded: who reads, who drafts, who approves, what each form shows."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import staff
from accounts.models import User
from accounts.roles import Role
from notices import wordings
from notices.models import NoticeTemplate
from notices.samples import EMPTIEST, LONGEST
from notices.states import Kind
from notices.templates import LANGUAGES
from tests.factories.accounts import UserFactory, staff_member
from tests.factories.registry import OrganisationFactory
from tests.notices.documents.pdfs import says
from tests.reregistration.desk import list_of, page_of, queries, rows_of, signed_in, told, verb_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def writer() -> User:
    return staff_member(Role.CAMPAIGN_MANAGER)


@pytest.fixture
def approver() -> User:
    return staff_member(Role.CAMPAIGN_MANAGER)


@pytest.fixture
def desk(writer: User) -> Client:
    return signed_in(writer)


def manager_of(region: str) -> User:
    """A campaign manager of one region alone."""
    user = UserFactory.create(is_staff=True)
    role = Role.CAMPAIGN_MANAGER
    staff.grant_role(user, role=role, regions=[region], by=None, on=date(2020, 1, 1))
    return user


def shipped(kind: Kind = Kind.REMINDER, language: str = "ru") -> NoticeTemplate:
    return NoticeTemplate.objects.get(kind=kind, language=language, version=1)


def draft(by: User, kind: Kind = Kind.REMINDER, **changes: Any) -> NoticeTemplate:
    row = shipped(kind)
    now = timezone.now()
    words = {"subject": row.subject, "body": row.body, "sms": row.sms, **changes}
    day = now + timedelta(days=7)
    return wordings.draft(kind, "ru", effective_from_at=day, by=by, at=now, **words)


def preview_of(row: NoticeTemplate, whose: str, page: str = "preview") -> str:
    address = reverse(f"admin:notices_noticetemplate_{page}", args=[row.pk])
    return f"{address}?whose={whose}"


def test_a_version_is_drafted_from_another_changed_and_approved_by_another_person(
    desk: Client, approver: User
) -> None:
    old = shipped()
    words = {
        "subject": "Новое",
        "body": old.body,
        "sms": old.sms,
        "effective_from_on": "2090-01-15",
    }
    begun = desk.get(verb_of(old, "draft")).context["form"].initial
    assert (begun["subject"], begun["body"], begun["sms"]) == (old.subject, old.body, old.sms)
    assert "Version 2 is drafted" in told(desk.post(verb_of(old, "draft"), words, follow=True))[0]
    made = NoticeTemplate.objects.get(version=2)
    assert timezone.localtime(made.effective_from_at).isoformat().startswith("2090-01-15T00:00")
    desk.post(verb_of(made, "redraft"), {**words, "subject": "Иначе"})
    other = signed_in(approver)
    page = other.get(verb_of(made, "approve"))
    read = {"read": page.context["fingerprint"]}
    assert "Approved" in told(other.post(verb_of(made, "approve"), read, follow=True))[0]
    made.refresh_from_db()
    assert (made.subject, made.approved_by) == ("Иначе", approver)


def test_the_drafter_is_told_that_another_person_approves(desk: Client, writer: User) -> None:
    made = draft(writer)
    read = {"read": wordings.fingerprint(made)}
    page = desk.post(verb_of(made, "approve"), read)
    assert "Another person approves it" in page.content.decode()
    assert not NoticeTemplate.objects.filter(version=2, approved_at__isnull=False).exists()


def test_words_that_were_not_read_are_not_approved(writer: User, approver: User) -> None:
    made = draft(writer)
    page = signed_in(approver).post(verb_of(made, "approve"), {"read": "another"})
    assert "Read it again" in page.content.decode()
    # What the page shows now may be approved from it.
    assert page.context["fingerprint"] == wordings.fingerprint(made)


def test_a_draft_is_discarded(desk: Client, writer: User) -> None:
    made = draft(writer)
    desk.post(verb_of(made, "discard"))
    assert not NoticeTemplate.objects.filter(pk=made.pk).exists()


def test_an_approved_version_has_only_the_verb_that_drafts_anew(desk: Client) -> None:
    verbs = desk.get(page_of(shipped())).context["verbs"]
    assert [verb.name for verb, _url in verbs] == ["draft"]


def test_who_may_only_read_has_no_verb(writer: User) -> None:
    page = signed_in(staff_member(Role.AUDITOR)).get(page_of(draft(writer)))
    assert (page.status_code, page.context["verbs"]) == (200, [])


def test_a_grant_for_one_region_does_not_word_letters_for_all(writer: User) -> None:
    regional = signed_in(manager_of("750000000"))
    assert regional.get(verb_of(shipped(), "draft")).status_code == 403


def test_the_page_lists_the_closed_list_and_what_differs(desk: Client, writer: User) -> None:
    made = draft(writer, body=shipped().body.replace("Просим представить их вовремя.", "Просим."))
    page = desk.get(page_of(made))
    text = page.content.decode()
    assert "{{ due_on }}" in text
    assert "due date of the organisation" in text
    (changed,) = [line for line in page.context["lines"] if not line.alike]
    assert "вовремя" in changed.before
    assert "вовремя" not in changed.after


def test_the_page_of_a_draft_says_what_keeps_it_from_being_approved(
    desk: Client, writer: User
) -> None:
    page = desk.get(page_of(draft(writer, body="Текст.")))
    assert "legal_base" in page.content.decode()


def test_the_list_asks_what_is_in_force_and_what_waits(desk: Client, writer: User) -> None:
    made = draft(writer)
    address = list_of(NoticeTemplate)
    assert rows_of(desk.get(address, {"waiting": "yes"})) == [made]
    assert made not in rows_of(desk.get(address, {"in_force": "yes"}))
    assert rows_of(desk.get(address, {"in_force": "no"})) == [made]
    shown = desk.get(address, {"in_force": "yes"}).context["cl"].result_count
    assert shown == len(Kind) * len(LANGUAGES)


def test_the_list_takes_no_more_queries_for_more_rows(desk: Client, writer: User) -> None:
    address = list_of(NoticeTemplate) + "?waiting=yes"
    draft(writer)
    desk.get(address)
    few = queries(desk, address)
    for number in range(5):
        draft(staff_member(Role.CAMPAIGN_MANAGER), subject=f"№ {number}")
    assert queries(desk, address) == few


@pytest.mark.parametrize(
    ("whose", "name"),
    [("longest", LONGEST.organisation.name_ru), ("emptiest", EMPTIEST.organisation.name_ru)],
)
def test_a_draft_is_previewed_in_every_form(
    desk: Client, writer: User, whose: str, name: str
) -> None:
    made = draft(writer, subject="Черновик")
    page = desk.get(preview_of(made, whose))
    assert page.context["message"].subject == "Черновик"
    assert name in page.context["message"].body
    assert page.context["sms_length"].segments == 2
    # The page in the frame is one attribute, and its picture travels in it.
    assert 'srcdoc="&lt;!doctype html&gt;' in page.content.decode()
    assert "data:image/png;base64," in page.context["html"]
    letter = desk.get(preview_of(made, whose, "letter"))
    assert letter.headers["Content-Type"] == "application/pdf"
    assert says(letter.content, name)


def test_a_real_organisation_is_chosen_by_its_number(desk: Client) -> None:
    organisation = OrganisationFactory.create(name_ru="ОФ «Рух»")
    page = desk.get(preview_of(shipped(), organisation.number.lower()))
    assert "ОФ «Рух»" in page.context["message"].body
    assert says(desk.get(preview_of(shipped(), organisation.number, "letter")).content, "Рух")


def test_an_organisation_of_another_region_is_not_found(writer: User) -> None:
    organisation = OrganisationFactory.create(name_ru="ОФ «Рух»")
    other = "790000000" if organisation.region_id != "790000000" else "750000000"
    regional = signed_in(manager_of(other))
    page = regional.get(preview_of(shipped(), organisation.number))
    assert "ОФ «Рух»" not in page.content.decode()
    assert "There is no organisation" in page.content.decode()
    letter = regional.get(preview_of(shipped(), organisation.number, "letter"))
    assert letter.status_code == 404


def test_a_draft_that_cannot_be_read_says_so_instead_of_a_preview(
    desk: Client, writer: User
) -> None:
    made = draft(writer, body="{% if number %}")
    page = desk.get(preview_of(made, "longest"))
    assert "cannot be read" in page.content.decode()
    assert desk.get(preview_of(made, "longest", "letter")).status_code == 404


def test_a_preview_is_only_read(desk: Client) -> None:
    for page in ("preview", "letter"):
        assert desk.post(preview_of(shipped(), "longest", page)).status_code == 405
