"""The desk of the grants officer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from grants.models import Call, CallQuestion, GrantRule, Mci, Participant
from tests.factories.accounts import UserFactory, staff_member
from tests.factories.files import PDF, upload
from tests.factories.grants import CallFactory, ParticipantFactory, ProgrammeFactory
from tests.factories.registry import OrganisationFactory
from tests.public.granted import iin
from tests.reregistration.desk import list_of, page_of, signed_in, told, verb_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer() -> User:
    return staff_member(Role.GRANTS_OFFICER)


@pytest.fixture
def desk(officer: User) -> Client:
    return signed_in(officer)


def soon(days: int) -> dict[str, str]:
    at = timezone.localtime(timezone.now() + timedelta(days=days))
    return {"0": at.strftime("%Y-%m-%d"), "1": at.strftime("%H:%M:%S")}


def typed(**fields: Any) -> dict[str, Any]:
    opens, closes = soon(1), soon(30)
    return {
        "programme": ProgrammeFactory.create().pk,
        "name_kk": "Жастар",
        "name_ru": "Молодёжь",
        "name_en": "",
        "rule": GrantRule.objects.get(type="short").pk,
        "mci": 2026,
        "budget": "20000000",
        "opens_at_0": opens["0"],
        "opens_at_1": opens["1"],
        "closes_at_0": closes["0"],
        "closes_at_1": closes["1"],
        "check_working_days": 10,
        "decide_working_days": 15,
        "lots-TOTAL_FORMS": 1,
        "lots-INITIAL_FORMS": 0,
        "lots-0-position": 1,
        "lots-0-name_kk": "Лот",
        "lots-0-name_ru": "Лот",
        "lots-0-budget": "20 000 000",
        "criteria-TOTAL_FORMS": 2,
        "criteria-INITIAL_FORMS": 0,
        **{
            f"criteria-{place}-{name}": value
            for place, weight in enumerate((60, 40))
            for name, value in {
                "position": place + 1,
                "name_kk": "Өлшем",
                "name_ru": "Критерий",
                "weight": weight,
            }.items()
        },
        **fields,
    }


class TestCalls:
    def test_a_call_is_drafted_announced_extended_and_not_closed_early(self, desk: Client) -> None:
        assert desk.post(reverse("admin:grants_call_add"), typed()).status_code == 302
        call = Call.objects.get()
        assert (call.state, call.number[:2], call.lots.count()) == ("draft", "K-", 1)
        shown = desk.get(page_of(call)).content.decode()
        assert "2,162,500" in shown
        desk.post(verb_of(call, "open"), {"ground": "Order 5"})
        call.refresh_from_db()
        assert call.state == "open"
        later = soon(40)
        moved = {"closes_at_0": later["0"], "closes_at_1": later["1"], "ground": "Order 6"}
        desk.post(verb_of(call, "extend"), moved)
        assert call.events.count() == 2
        refused = desk.post(verb_of(call, "close"), {"ground": "Order 7"})
        assert "cannot be closed before" in refused.content.decode()

    def test_its_documents_are_read_by_all_once_it_is_announced(self, desk: Client) -> None:
        call = CallFactory.create(draft=True)
        sent = {"title": "Form of a budget"}
        for _ in range(2):
            desk.post(verb_of(call, "attach"), {**sent, "file": upload("form.pdf", PDF)})
        document = call.documents.get()
        assert "Form of a budget" in desk.get(page_of(call)).content.decode()
        address = reverse("grants_document", args=[document.file.key])
        anybody = Client()
        assert anybody.get(address).status_code == 404
        desk.post(verb_of(call, "detach"), {"document": document.pk})
        assert not call.documents.exists()
        desk.post(verb_of(call, "attach"), {**sent, "file": upload("form.pdf", PDF)})
        Call.objects.update(state="open")
        address = reverse("grants_document", args=[call.documents.get().file.key])
        assert b"".join(anybody.get(address).streaming_content) == PDF  # type: ignore[attr-defined]
        refused = desk.post(verb_of(call, "attach"), {"title": "x", "file": upload("a.pdf", PDF)})
        assert "have read stay" in refused.content.decode()

    def test_a_call_whose_end_is_first_is_not_drafted(self, desk: Client) -> None:
        earlier = soon(0)
        wrong = typed(closes_at_0=earlier["0"], closes_at_1=earlier["1"])
        shown = desk.post(reverse("admin:grants_call_add"), wrong)
        assert "The end lies after the beginning" in shown.content.decode()
        assert not Call.objects.exists()

    def test_weights_of_ninety_nine_are_refused_in_words(self, desk: Client) -> None:
        call = CallFactory.create(draft=True, weights=(60, 39))
        shown = desk.post(verb_of(call, "open"), {"ground": "Order 5"})
        assert "sum to 99" in shown.content.decode()

    def test_an_announced_call_is_read_alone(self, desk: Client) -> None:
        call = CallFactory.create()
        assert desk.post(page_of(call), typed(budget="1")).status_code == 403
        shown = desk.get(page_of(call))
        assert shown.status_code == 200
        assert 'name="budget"' not in shown.content.decode()

    def test_an_index_on_which_a_call_rests_is_not_changed(self, desk: Client) -> None:
        CallFactory.create()
        resting, free = Mci.objects.get(year=2026), Mci.objects.get(year=2025)
        assert desk.post(page_of(resting), {"amount": "1"}).status_code == 403
        desk.post(page_of(free), {"amount": "4000", "source": "Law"})
        free.refresh_from_db()
        assert free.amount == 4000


def test_who_pays_has_no_persons_number(desk: Client) -> None:
    row = ProgrammeFactory.create()
    names = ("code", "name_kk", "name_ru", "funder_kk", "funder_ru")
    told = {name: getattr(row, name) for name in names}
    for wrong in (iin(), "123"):
        desk.post(page_of(row), {**told, "funder_bin": wrong})
        row.refresh_from_db()
        assert row.funder_bin == ""
    right = OrganisationFactory.create().bin
    desk.post(page_of(row), {**told, "funder_bin": right})
    row.refresh_from_db()
    assert row.funder_bin == right


class TestQuestions:
    def test_an_answer_is_published_without_who_asked(self, desk: Client) -> None:
        asked = CallQuestion.objects.create(
            call=CallFactory.create(),
            organisation=OrganisationFactory.create(),
            text="We of Nadezhda ask: a bus?",
            by=UserFactory.create(),
            at=timezone.now(),
        )
        assert "Nadezhda" in desk.get(verb_of(asked, "answer")).content.decode()
        texts = {"question_kk": "Автобус?", "question_ru": "Автобус?", "answer_kk": "Жоқ"}
        short = desk.post(verb_of(asked, "answer"), texts)
        assert short.status_code == 200
        desk.post(verb_of(asked, "answer"), {**texts, "answer_ru": "Нет"})
        asked.refresh_from_db()
        assert asked.published_at is not None


class TestParticipants:
    def test_a_check_is_recorded_and_shown(self, desk: Client) -> None:
        row = ParticipantFactory.create()
        found = {"exclusion": "arrest", "is_met": "yes", "evidence": "Court, No. 3"}
        desk.post(verb_of(row, "find"), {**found, "on": timezone.localdate().isoformat()})
        shown = desk.get(page_of(row)).content.decode()
        assert "Court, No. 3" in shown
        assert "its property is under arrest" in shown

    def test_one_is_removed_with_words(self, desk: Client) -> None:
        row = ParticipantFactory.create()
        answer = desk.post(verb_of(row, "remove"), {"reason": "Order 8"}, follow=True)
        assert told(answer) == ["The organisation takes part no longer."]
        assert Participant.objects.get().end_reason == "Order 8"

    def test_another_regions_officer_finds_none(self, officer: User) -> None:
        row = ParticipantFactory.create()
        officer.role_grants.update(regions=["750000000"])
        assert signed_in(officer).get(page_of(row)).status_code == 404

    def test_the_list_takes_no_more_queries_for_more_rows(
        self, desk: Client, django_assert_max_num_queries: Any
    ) -> None:
        for _ in range(12):
            ParticipantFactory.create()
        desk.get(list_of(Participant))
        with django_assert_max_num_queries(14):
            desk.get(list_of(Participant))
