"""The front desk's pages: log, type in, confirm, decide; a clerk sees the own regions alone."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import staff
from accounts.models import User
from accounts.roles import Role
from registry.models import Region
from reregistration import paper
from reregistration.models import Filing, Obligation, PaperFiling
from reregistration.sections.sheet import Entry
from reregistration.sections.table import ALL
from reregistration.states import FilingState, PaperState, State
from tests.factories.accounts import UserFactory, staff_member
from tests.factories.files import upload
from tests.factories.paper import (
    RECEIVED_AT,
    clerk,
    confirmed,
    received,
    typed,
)
from tests.factories.registry import RepresentativeFactory
from tests.factories.reregistration import ObligationFactory
from tests.reregistration.desk import (
    list_of,
    page_of,
    queries,
    rows_of,
    signed_in,
    told,
    verb_of,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]
ADD = "admin:reregistration_paperfiling_add"


@pytest.fixture
def desk() -> Client:
    return signed_in(clerk())


def logged(one: Obligation, **fields: Any) -> dict[str, Any]:
    return {
        "organisation": one.organisation.number,
        "campaign": one.campaign_id,
        "received_on": "2026-09-15",
        "posted_on": "2026-09-10",
        "incoming": "ВХ-17",
        "kind": "details",
        "size": "short",
        "scan": upload("paper.pdf"),
        **fields,
    }


class TestLog:
    def test_a_paper_is_logged_by_number_and_then_typed_in(self, desk: Client) -> None:
        one = ObligationFactory.create()
        response: Any = desk.post(reverse(ADD), logged(one), follow=True)
        row = PaperFiling.objects.get()
        assert response.redirect_chain[-1][0] == verb_of(row, "type")
        assert (row.obligation, row.posted_on, row.incoming) == (one, date(2026, 9, 10), "ВХ-17")
        assert "no step is taken" in told(response)[0]

    def test_a_bin_finds_it_too(self, desk: Client) -> None:
        one = ObligationFactory.create()
        desk.post(reverse(ADD), logged(one, organisation=one.organisation.bin))
        assert PaperFiling.objects.get().obligation == one

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"organisation": "R-9999999"}, "No organisation of your regions"),
            ({"posted_on": "2026-09-20"}, "later than the day of receipt"),
            ({"scan": ""}, "required"),
        ],
    )
    def test_what_cannot_be_is_told_on_the_page(
        self, desk: Client, fields: dict[str, Any], words: str
    ) -> None:
        response = desk.post(reverse(ADD), logged(ObligationFactory.create(), **fields))
        assert words in response.content.decode()
        assert not PaperFiling.objects.exists()

    def test_another_region_is_not_found(self) -> None:
        one = ObligationFactory.create()
        elsewhere = _clerk_elsewhere(one)
        response = signed_in(elsewhere).post(reverse(ADD), logged(one))
        assert "No organisation of your regions" in response.content.decode()


class TestTypeIn:
    def test_a_section_is_saved_and_the_paper_is_finished(self, desk: Client) -> None:
        row = received()
        address = f"{verb_of(row, 'type')}?section=year"
        assert b'name="employees"' in desk.get(address).content
        answer: Any = desk.post(
            address, {"revision": "0", "employees": "3", "next": "1"}, follow=True
        )
        assert Filing.objects.get(paper=row).employees == 3
        assert answer.redirect_chain[-1][0] == page_of(row)
        desk.post(verb_of(row, "finish"))
        row.refresh_from_db()
        assert row.state == PaperState.TO_CONFIRM

    def test_the_full_form_leads_from_section_to_section(self, desk: Client) -> None:
        row = received(is_short=False)
        first = desk.get(verb_of(row, "type"))
        answer: Any = desk.post(
            verb_of(row, "type"), {"revision": "0", "name_ru": "Фонд", "next": "1"}
        )
        second = list(first.context["sections"])[1][1]
        assert (answer.status_code, answer.headers["Location"]) == (302, second)

    def test_a_row_more_is_given_and_nothing_typed_is_lost(self, desk: Client) -> None:
        row = received(is_short=False)
        address = f"{verb_of(row, 'type')}?section=founders"
        sent = {"founders-TOTAL_FORMS": "1", "founders-INITIAL_FORMS": "0", "founders-0-name": "А"}
        answer = desk.post(address, {**sent, "revision": "0", "add_row": "founders"})
        assert b"founders-1-name" in answer.content
        assert "А".encode() in answer.content

    def test_another_clerk_who_saved_meanwhile_is_named(self, desk: Client) -> None:
        row = received()
        address = f"{verb_of(row, 'type')}?section=year"
        for employees in ("3", "4"):
            answer = desk.post(address, {"revision": "0", "employees": employees})
        assert b"saved this section in another window" in answer.content
        assert Filing.objects.get(paper=row).employees == 3
        desk.post(address, {"revision": "1", "employees": "4"})
        assert Filing.objects.get(paper=row).employees == 4

    def test_what_waits_to_be_confirmed_is_not_typed_in(self, desk: Client) -> None:
        row = typed()
        answer: Any = desk.get(verb_of(row, "type"), follow=True)
        assert "not possible now" in told(answer)[0]


class TestConfirm:
    def test_the_page_shows_each_answer_and_the_scan(self, desk: Client) -> None:
        row = typed()
        page = desk.get(verb_of(row, "confirm")).content.decode()
        assert "1,200,000" in page.replace("\xa0", ",")
        assert reverse("admin:reregistration_paperfiling_scan", args=[row.pk]) in page

    @pytest.mark.parametrize("language", ["en", "ru", "kk"])
    def test_the_list_marks_its_state_in_every_language(self, language: str) -> None:
        typed()
        desk = signed_in(clerk())
        desk.speak(language)  # type: ignore[attr-defined]
        assert "bg-orange-100" in desk.get(list_of(PaperFiling)).content.decode()

    def test_a_second_clerk_confirms(self, desk: Client) -> None:
        row = typed()
        revision = Filing.objects.get(paper=row).revision
        answer: Any = desk.post(verb_of(row, "confirm"), {"revision": revision}, follow=True)
        assert "The organisation is told" in told(answer)[0]
        assert Filing.objects.get(paper=row).state == FilingState.SUBMITTED

    def test_the_first_one_is_refused_on_the_page(self) -> None:
        row = typed()
        revision = Filing.objects.get(paper=row).revision
        answer = signed_in(row.received_by).post(verb_of(row, "confirm"), {"revision": revision})
        assert "Another person confirms it" in answer.content.decode()

    def test_it_is_sent_back_or_dropped_with_words(self, desk: Client) -> None:
        row = typed()
        desk.post(verb_of(row, "send-back"), {"reason": "Доход"})
        row.refresh_from_db()
        assert row.state == PaperState.TO_TYPE
        desk.post(verb_of(row, "drop"), {"reason": "Чужая"})
        row.refresh_from_db()
        assert row.state == PaperState.DROPPED


class TestDecide:
    def test_a_senior_reviewer_decides(self) -> None:
        row = confirmed()
        paper.contest(row, text="Не мы", by=UserFactory.create(), at=RECEIVED_AT)
        client = signed_in(staff_member(Role.SENIOR_REVIEWER))
        assert "Не мы" in client.get(page_of(row)).content.decode()
        client.post(verb_of(row, "decide"), {"outcome": "upheld", "decision": "Подпись"})
        row.obligation.refresh_from_db()
        assert row.obligation.state == State.RETURNED

    def test_the_front_desk_does_not(self, desk: Client) -> None:
        row = confirmed()
        paper.contest(row, text="Не мы", by=UserFactory.create(), at=RECEIVED_AT)
        answer = desk.post(verb_of(row, "decide"), {"outcome": "upheld", "decision": "x"})
        assert answer.status_code == 403


class TestList:
    def test_it_asks_what_is_to_be_done(self, desk: Client) -> None:
        to_type, to_confirm, done = received(), typed(), confirmed()
        contested = confirmed()
        paper.contest(contested, text="Не мы", by=UserFactory.create(), at=RECEIVED_AT)

        def shown(answer: str) -> list[Any]:
            return rows_of(desk.get(list_of(PaperFiling), {"todo": answer}))

        assert rows_of(desk.get(list_of(PaperFiling))) == [to_type, to_confirm, contested]
        assert shown("to_type") == [to_type]
        assert shown("to_confirm") == [to_confirm]
        assert shown("contested") == [contested]
        assert shown("any") == [to_type, to_confirm, done, contested]

    def test_a_clerk_sees_the_own_regions_alone(self) -> None:
        row = typed()
        client = signed_in(_clerk_elsewhere(row.obligation))
        assert rows_of(client.get(list_of(PaperFiling))) == []
        for address in (page_of(row), verb_of(row, "type"), verb_of(row, "confirm")):
            assert client.get(address).status_code == 404
        scan = reverse("admin:reregistration_paperfiling_scan", args=[row.pk])
        assert client.get(scan).status_code == 404

    def test_as_many_queries_for_one_as_for_many(self, desk: Client) -> None:
        typed()
        desk.get(list_of(PaperFiling))
        few = queries(desk, list_of(PaperFiling))
        for _paper in range(3):
            typed()
            received()
        assert queries(desk, list_of(PaperFiling)) == few

    def test_the_scan_is_downloaded(self, desk: Client) -> None:
        row = received()
        answer: Any = desk.get(reverse("admin:reregistration_paperfiling_scan", args=[row.pk]))
        assert b"".join(answer.streaming_content).startswith(b"%PDF")


class TestTheOrganisation:
    def test_it_contests_on_its_page(self, client: Client, alice: User) -> None:
        row = confirmed()
        RepresentativeFactory.create(
            organisation=row.obligation.organisation, user=alice, role="manager"
        )
        client.force_login(alice)
        named = (row.obligation.organisation.number, row.obligation.campaign.code)
        address = reverse("not-our-paper", args=named)
        assert address in client.get(reverse("obligation", args=named)).content.decode()
        client.post(address, {"text": "Не мы", "cycle": "1"})
        row.refresh_from_db()
        assert (row.contested_by, row.contest_text) == (alice, "Не мы")
        assert address not in client.get(reverse("obligation", args=named)).content.decode()

    def test_a_stranger_finds_nothing_to_contest(self, client: Client, charlie: User) -> None:
        row = confirmed()
        client.force_login(charlie)
        named = (row.obligation.organisation.number, row.obligation.campaign.code)
        answer = client.post(reverse("not-our-paper", args=named), {"text": "x", "cycle": "1"})
        assert answer.status_code == 404
        row.refresh_from_db()
        assert row.contested_at is None


def _clerk_elsewhere(one: Obligation) -> User:
    """Of the front desk in another region than the organisation's."""
    user: User = UserFactory.create()
    other = Region.objects.exclude(pk=one.organisation.region_id)[0].pk
    staff.grant_role(user, role=Role.FRONT_DESK, by=None, on=date(2020, 1, 1), regions=[other])
    return user


class TestQueries:
    """As many for a full form with rows and steps as for a paper of which little is known."""

    def pages(self, row: PaperFiling) -> dict[str, str]:
        return {
            "page": page_of(row),
            "type": verb_of(row, "type"),
            "section": f"{verb_of(row, 'type')}?section=founders",
        }

    def test_the_pages_of_a_paper(self, desk: Client) -> None:
        row = received(is_short=False)
        desk.get(page_of(row))
        counted = {name: queries(desk, url) for name, url in self.pages(row).items()}
        section = ALL["founders"]
        founders = [{"kind": "citizen", "name": f"А{n}"} for n in range(5)]
        paper.save_section(
            row,
            section,
            Entry({}, {"founders": founders}),
            revision=0,
            by=row.received_by,
            at=RECEIVED_AT,
        )
        paper.finish(row, by=row.received_by, at=RECEIVED_AT)
        paper.send_back(row, reason="Доход", by=clerk(), at=RECEIVED_AT)
        assert {name: queries(desk, url) for name, url in self.pages(row).items()} == counted
        assert max(counted.values()) <= 30


def test_the_reviewers_page_says_that_it_came_on_paper_and_what_it_waits_for() -> None:
    row = confirmed()
    at = timezone.now()
    PaperFiling.objects.filter(pk=row.pk).update(confirmed_at=at)
    desk = signed_in(staff_member(Role.REVIEWER))
    said = desk.get(page_of(row.filing)).content.decode()
    assert page_of(row) in said
    assert "the organisation may contest it until" in said
    people = RepresentativeFactory.create(organisation=row.obligation.organisation)
    paper.contest(row, text="Not ours.", by=people.user, at=at)
    assert "First decide on that" in desk.get(page_of(row.filing)).content.decode()
