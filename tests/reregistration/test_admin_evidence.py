"""The evidence log at the desk: read, its papers downloaded, entries replaced, never changed."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts import staff
from accounts.models import User
from accounts.roles import Role
from registry.models import Region
from reregistration.models import EvidenceItem
from reregistration.referral import evidence
from reregistration.states import EvidenceKind
from tests.factories.accounts import UserFactory, staff_member
from tests.factories.files import PDF
from tests.factories.referrals import EvidenceItemFactory, prepared
from tests.reregistration.desk import list_of, page_of, queries, rows_of, signed_in, told, verb_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(db: None) -> User:
    return staff_member(Role.REVIEWER)


@pytest.fixture
def desk(officer: User) -> Client:
    return signed_in(officer)


def searched(**fields: Any) -> EvidenceItem:
    item: EvidenceItem = EvidenceItemFactory.create(
        **{"kind": EvidenceKind.FOUNDERS_SEARCH, "on": date(2026, 3, 2), "file": None, **fields}
    )
    return item


def entry(**changes: Any) -> dict[str, Any]:
    return {
        "kind": EvidenceKind.FOUNDERS_SEARCH.value,
        "on": "2026-03-01",
        "address": "",
        "words": "Sought on 1 March, not on the 2nd.",
        "dispatch": "",
        **changes,
    }


def paper_of(item: EvidenceItem) -> str:
    return reverse("admin:reregistration_evidenceitem_file", args=[item.pk])


def stranger_to(item: EvidenceItem) -> Client:
    """A reviewer of another region than the entry's."""
    other = Region.objects.exclude(pk=item.organisation.region_id)[0]
    user = UserFactory.create()
    staff.grant_role(user, role=Role.REVIEWER, by=None, on=date(2020, 1, 1), regions=[other.pk])
    return signed_in(user)


class TestReading:
    def test_the_list_shows_what_counts(self, desk: Client, officer: User) -> None:
        first, second = searched(), searched()
        error = evidence.strike(second, reason="Another one.", by=officer, at=second.at)
        asked = {
            answer: set(rows_of(desk.get(list_of(EvidenceItem), {"counts": answer})))
            for answer in ("yes", "no", "any")
        }
        assert asked == {
            "yes": {first},
            "no": {second, error},
            "any": {first, second, error},
        }

    def test_more_rows_cost_no_more_queries(self, desk: Client) -> None:
        searched()
        desk.get(list_of(EvidenceItem))
        one = queries(desk, list_of(EvidenceItem))
        searched()
        assert queries(desk, list_of(EvidenceItem)) == one

    def test_its_page_says_what_was_found_and_gives_its_paper(self, desk: Client) -> None:
        item = EvidenceItemFactory.create(words="The door was locked.", somebody_found=True)
        page = desk.get(page_of(item)).content.decode()
        assert "The door was locked." in page
        assert "Somebody of the organisation was found" in page
        assert paper_of(item) in page
        assert item.file_sha256 in page

    def test_its_paper_is_the_one_that_was_logged(self, desk: Client) -> None:
        response = desk.get(paper_of(EvidenceItemFactory.create()))
        assert b"".join(response.streaming_content) == PDF  # type: ignore[attr-defined]

    def test_an_entry_without_a_paper_has_none_to_give(self, desk: Client) -> None:
        item = searched()
        assert paper_of(item) not in desk.get(page_of(item)).content.decode()
        assert desk.get(paper_of(item)).status_code == 404

    def test_nobody_of_another_region_finds_it(self) -> None:
        item = EvidenceItemFactory.create()
        client = stranger_to(item)
        assert rows_of(client.get(list_of(EvidenceItem))) == []
        for url in (page_of(item), paper_of(item), verb_of(item, "replace")):
            assert client.get(url).status_code == 404

    def test_the_helpline_and_representatives_get_no_paper(self, alice: User) -> None:
        item = EvidenceItemFactory.create()
        helpline = signed_in(staff_member(Role.HELPLINE))
        assert helpline.get(paper_of(item)).status_code == 403
        assert signed_in(alice).get(paper_of(item)).status_code in (302, 403)


class TestReplacing:
    def test_the_form_opens_with_what_was_logged(self, desk: Client) -> None:
        item = searched(words="Nobody.", address="Abai St 1", somebody_found=True)
        initial = desk.get(verb_of(item, "replace")).context["form"].initial
        assert initial == {
            "kind": "founders_search",
            "on": date(2026, 3, 2),
            "address": "Abai St 1",
            "words": "Nobody.",
            "somebody_found": True,
            "dispatch": None,
        }

    def test_both_stay_and_name_each_other(self, desk: Client, officer: User) -> None:
        item = EvidenceItemFactory.create(on=date(2026, 3, 2))
        answers = entry(kind=EvidenceKind.SITE_VISIT.value)
        response = desk.post(verb_of(item, "replace"), answers, follow=True)
        assert told(response) == ["Replaced. Both entries stay in the log."]
        new = EvidenceItem.objects.get(replaces=item)
        assert (new.on, new.by, new.file) == (date(2026, 3, 1), officer, item.file)
        assert page_of(new) in desk.get(page_of(item)).content.decode()
        assert page_of(item) in desk.get(page_of(new)).content.decode()

    def test_what_was_replaced_offers_nothing_more(self, desk: Client) -> None:
        item = searched()
        desk.post(verb_of(item, "strike"), {"reason": "Another organisation."})
        page = desk.get(page_of(item)).content.decode()
        assert "It counts no more:" in page
        assert verb_of(item, "replace") not in page
        assert verb_of(item, "strike") not in page
        response = desk.post(verb_of(item, "replace"), entry())
        assert "does not count any more" in response.content.decode()

    def test_an_error_needs_its_reason(self, desk: Client) -> None:
        item = searched()
        desk.post(verb_of(item, "strike"), {"reason": " "})
        assert not EvidenceItem.objects.filter(replaces=item).exists()
        told_by = desk.post(verb_of(item, "strike"), {"reason": "Another."}, follow=True)
        assert told(told_by) == ["The entry counts no more."]

    def test_what_a_live_file_rests_on_stays(self, desk: Client) -> None:
        referral = prepared()
        item = EvidenceItem.objects.filter(kind=EvidenceKind.FOUNDERS_SEARCH).get()
        response = desk.post(verb_of(item, "strike"), {"reason": "Another."})
        assert f"The referral file {referral.number} rests on this entry." in (
            response.content.decode()
        )

    def test_nothing_is_posted_to_the_page_itself(self, desk: Client) -> None:
        assert desk.post(page_of(searched()), {"words": "Otherwise."}).status_code == 403

    def test_an_auditor_replaces_nothing(self) -> None:
        item, client = searched(), signed_in(staff_member(Role.AUDITOR))
        assert client.get(page_of(item)).status_code == 200
        for verb in ("replace", "strike"):
            assert client.post(verb_of(item, verb), entry(reason="No.")).status_code == 403
        assert EvidenceItem.objects.count() == 1
