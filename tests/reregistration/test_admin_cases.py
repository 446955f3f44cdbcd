"""The case of an organisation after a mark, at the desk: what is there, what is missing."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client

from accounts import staff
from accounts.models import User
from accounts.roles import Role
from registry.models import Region
from reregistration.models import EvidenceItem, Obligation, Referral, ReferralCase
from reregistration.states import EvidenceKind
from tests.factories.accounts import UserFactory, staff_member
from tests.factories.files import upload
from tests.factories.referrals import (
    READY_ON,
    EvidenceItemFactory,
    ReceivingBodyFactory,
    ReferralFactory,
    absent,
    ground_of,
    letter_came_back,
    log_absence,
    somebody_was_found,
)
from tests.factories.reregistration import ObligationFactory, mark_made, noon
from tests.reregistration.desk import list_of, page_of, queries, rows_of, signed_in, told, verb_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def ready_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """The desk's day is that on which a file may be made of `absent()`."""
    monkeypatch.setattr("config.arrival.timezone.now", lambda: noon(READY_ON))


@pytest.fixture
def manager(db: None) -> User:
    return staff_member(Role.CAMPAIGN_MANAGER)


@pytest.fixture
def desk(manager: User) -> Client:
    return signed_in(manager)


def case(row: Obligation) -> ReferralCase:
    found: ReferralCase = ReferralCase.objects.get(pk=row.pk)
    return found


def marked() -> ReferralCase:
    return case(mark_made().obligation)


def reviewer_in(*regions: Region) -> Client:
    user = UserFactory.create()
    staff.grant_role(
        user,
        role=Role.REVIEWER,
        by=None,
        on=date(2020, 1, 1),
        regions=[region.pk for region in regions],
    )
    return signed_in(user)


def listed(client: Client, **asked: str) -> set[int]:
    return {row.pk for row in rows_of(client.get(list_of(ReferralCase), asked))}


def shown(client: Client, row: ReferralCase) -> str:
    response = client.get(page_of(row))
    assert response.status_code == 200
    return str(response.content.decode())


def entry(**changes: Any) -> dict[str, Any]:
    return {
        "kind": EvidenceKind.FOUNDERS_SEARCH.value,
        "on": "2027-09-01",
        "address": "",
        "words": "No founder lives at either address.",
        "dispatch": "",
        **changes,
    }


class TestList:
    def test_it_shows_who_was_marked_and_has_no_file_yet(self, desk: Client) -> None:
        waiting, with_file = marked(), case(ReferralFactory.create().obligation)
        overdue = ObligationFactory.create(overdue=True)
        ObligationFactory.create(filed=True)
        asked = {
            answer: listed(desk, how_far=answer) for answer in ("marked", "file", "overdue", "any")
        }
        assert asked == {
            "marked": {waiting.pk},
            "file": {with_file.pk},
            "overdue": {overdue.pk},
            "any": {waiting.pk, with_file.pk, overdue.pk},
        }

    def test_it_tells_the_absent_from_who_is_there(self, desk: Client) -> None:
        nobody, found = case(absent()), case(absent())
        somebody_was_found(found, on=date(2027, 9, 1))
        asked = {answer: listed(desk, there=answer) for answer in ("no", "yes")}
        assert asked == {"no": {nobody.pk}, "yes": {found.pk}}

    def test_who_has_one_region_sees_that_region_alone(self) -> None:
        row = marked()
        own = row.organisation.region
        other = Region.objects.exclude(pk=own.pk)[0]
        assert rows_of(reviewer_in(own).get(list_of(ReferralCase))) == [row]
        stranger = reviewer_in(other)
        assert rows_of(stranger.get(list_of(ReferralCase))) == []
        assert stranger.get(page_of(row)).status_code == 404
        assert stranger.post(verb_of(row, "log-evidence"), entry()).status_code == 404
        assert not EvidenceItem.objects.exists()

    def test_more_rows_cost_no_more_queries(self, desk: Client) -> None:
        marked()
        desk.get(list_of(ReferralCase))
        one = queries(desk, list_of(ReferralCase))
        marked()
        assert queries(desk, list_of(ReferralCase)) == one


class TestPage:
    def test_it_says_what_is_missing(self, desk: Client) -> None:
        page = shown(desk, marked())
        assert "Only the court decides on liquidation." in page
        assert "Absence is a ground for the court, once all its evidence is there." in page
        assert "No registered letter has come back from the legal seat yet" in page
        assert "Nothing proves that the notice of the mark was served" in page
        assert "Nothing is logged yet." in page

    def test_it_says_that_a_file_may_be_made(self, desk: Client) -> None:
        page = shown(desk, case(absent()))
        assert "May a referral file be prepared today (13 March 2028)?" in page
        assert "Yes: the term is over" in page
        assert "По адресу никого нет, вывески нет." in page

    def test_it_says_who_was_found_and_that_no_file_follows(self, desk: Client) -> None:
        row = case(absent())
        somebody_was_found(row, on=date(2027, 9, 1))
        page = shown(desk, row)
        assert "Somebody of it was found: search for the founders, 1 September 2027." in page
        assert "never referred" in page
        assert "May a referral file be prepared" not in page

    def test_it_links_to_the_live_file(self, desk: Client) -> None:
        referral = ReferralFactory.create()
        assert page_of(referral) in shown(desk, case(referral.obligation))

    def test_more_evidence_costs_no_more_queries(self, desk: Client) -> None:
        row = case(absent())
        desk.get(page_of(row))
        few = queries(desk, page_of(row))
        for words in ("One more.", "And another."):
            EvidenceItemFactory.create(organisation=row.organisation, words=words)
        assert queries(desk, page_of(row)) == few

    def test_the_helpline_has_no_such_page(self) -> None:
        client = signed_in(staff_member(Role.HELPLINE))
        assert client.get(list_of(ReferralCase)).status_code == 403
        assert client.get(page_of(marked())).status_code == 403


class TestLogging:
    def test_an_officer_logs_a_visit_with_its_act(self, manager: User, desk: Client) -> None:
        row = marked()
        assert desk.get(verb_of(row, "log-evidence")).status_code == 200
        answers = entry(
            kind=EvidenceKind.SITE_VISIT.value, address="Abai St 1", file=upload("act.pdf")
        )
        assert told(desk.post(verb_of(row, "log-evidence"), answers, follow=True)) == ["Logged."]
        item = EvidenceItem.objects.get()
        assert (item.kind, item.on, item.by) == ("site_visit", date(2027, 9, 1), manager)
        assert (item.text.address, item.somebody_found) == ("Abai St 1", False)
        assert item.file is not None
        assert item.file_sha256 == item.file.sha256

    def test_who_was_found_is_logged_too(self, desk: Client) -> None:
        desk.post(verb_of(marked(), "log-evidence"), entry(somebody_found="on"))
        assert EvidenceItem.objects.get().somebody_found

    def test_our_letter_is_chosen_from_those_of_the_organisation(self, desk: Client) -> None:
        made = mark_made()
        letter, another = letter_came_back(made), letter_came_back(mark_made())
        row = case(made.obligation)
        answers = entry(kind=EvidenceKind.LETTER_RETURNED.value, dispatch=letter.pk)
        page = desk.get(verb_of(row, "log-evidence")).content.decode()
        assert letter.notice.number in page
        assert another.notice.number not in page
        asked = {**answers, "dispatch": another.pk, "file": upload("envelope.pdf")}
        desk.post(verb_of(row, "log-evidence"), asked)
        assert not EvidenceItem.objects.exists()
        desk.post(verb_of(row, "log-evidence"), {**answers, "file": upload("envelope.pdf")})
        assert EvidenceItem.objects.get().dispatch == letter

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"kind": EvidenceKind.SITE_VISIT.value}, "attach the signed act"),
            ({"on": "2028-03-14"}, "lies ahead"),
            ({"words": "ИИН 880101300010"}, "Leave personal numbers (IIN) out"),
            ({"kind": "letter_returned"}, "Write the address"),
        ],
    )
    def test_a_refusal_stands_on_the_page(
        self, desk: Client, changes: dict[str, Any], sentence: str
    ) -> None:
        response = desk.post(verb_of(marked(), "log-evidence"), entry(**changes))
        assert sentence in response.content.decode()
        assert not EvidenceItem.objects.exists()

    def test_an_auditor_reads_and_logs_nothing(self) -> None:
        row, client = marked(), signed_in(staff_member(Role.AUDITOR))
        assert "log-evidence" not in shown(client, row)
        assert client.post(verb_of(row, "log-evidence"), entry()).status_code == 403


class TestPreparing:
    def answers(self, **changes: Any) -> dict[str, Any]:
        return {
            "ground": ground_of("absence").pk,
            "body": ReceivingBodyFactory.create().pk,
            "language": "",
            **changes,
        }

    def test_a_manager_prepares_the_file(self, manager: User, desk: Client) -> None:
        row = case(absent())
        assert verb_of(row, "prepare") in shown(desk, row)
        response = desk.post(verb_of(row, "prepare"), self.answers(), follow=True)
        made = Referral.objects.get()
        assert told(response) == [f"The file {made.number} is prepared."]
        assert (made.obligation_id, made.prepared_by) == (row.pk, manager)
        assert verb_of(row, "prepare") not in shown(desk, row)

    def test_what_is_missing_stands_on_the_page(self, desk: Client) -> None:
        row = marked()
        response = desk.post(verb_of(row, "prepare"), self.answers())
        assert "Nothing of this kind is there yet." in response.content.decode()
        assert not Referral.objects.exists()

    def test_only_grounds_for_the_court_and_bodies_in_charge_are_offered(
        self, desk: Client
    ) -> None:
        row = marked()
        own = row.organisation.region
        other = Region.objects.exclude(pk=own.pk)[0]
        here = ReceivingBodyFactory.create(region=own)
        everywhere = ReceivingBodyFactory.create()
        elsewhere = ReceivingBodyFactory.create(region=other)
        ended = ReceivingBodyFactory.create(until_on=READY_ON)
        form = desk.get(verb_of(row, "prepare")).context["form"]
        assert set(form.fields["ground"].queryset) == {ground_of("absence")}
        assert set(form.fields["body"].queryset) == {here, everywhere}
        for body in (elsewhere, ended):
            desk.post(verb_of(row, "prepare"), self.answers(body=body.pk))
        assert not Referral.objects.exists()

    def test_a_reviewer_prepares_none(self) -> None:
        made = mark_made()
        letter_came_back(made)
        log_absence(made)
        client, row = signed_in(staff_member(Role.REVIEWER)), case(made.obligation)
        assert verb_of(row, "prepare") not in shown(client, row)
        assert client.post(verb_of(row, "prepare"), self.answers()).status_code == 403
