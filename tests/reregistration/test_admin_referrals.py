"""Referral files, legal grounds and receiving bodies at the desk."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts import staff
from accounts.models import User
from accounts.roles import Role
from registry import uploads
from registry.models import Region
from reregistration import appeals
from reregistration.models import LegalGround, ReceivingBody, Referral
from reregistration.states import ReferralState
from tests.factories.accounts import UserFactory, staff_member
from tests.factories.referrals import (
    READY_ON,
    ReceivingBodyFactory,
    ReferralFactory,
    ground_of,
    prepared,
)
from tests.factories.reregistration import noon
from tests.reregistration.desk import list_of, page_of, queries, rows_of, signed_in, told, verb_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def ready_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """The desk's day is that on which the files are made."""
    monkeypatch.setattr("config.arrival.timezone.now", lambda: noon(READY_ON))


@pytest.fixture
def manager(db: None) -> User:
    return staff_member(Role.CAMPAIGN_MANAGER)


@pytest.fixture
def desk(manager: User) -> Client:
    return signed_in(manager)


def download(referral: Referral, kind: str) -> str:
    return reverse(f"admin:reregistration_referral_{kind}", args=[referral.pk])


class TestFiles:
    def test_both_are_downloaded_as_they_were_made(self, desk: Client) -> None:
        referral = prepared()
        held = {}
        for kind in ("pdf", "json"):
            response = desk.get(download(referral, kind))
            held[kind] = b"".join(response.streaming_content)  # type: ignore[attr-defined]
            name = f"{referral.number}.{kind}"
            assert name in response["Content-Disposition"]
        assert hashlib.sha256(held["pdf"]).hexdigest() == referral.sha256
        assert held["json"] == uploads.read(referral.content)

    def test_its_page_says_whose_it_is_and_gives_the_fingerprints(self, desk: Client) -> None:
        referral = prepared()
        page = desk.get(page_of(referral)).content.decode()
        assert "Only the court decides on liquidation." in page
        assert referral.obligation.organisation.number in page
        assert referral.sha256 in page
        assert referral.content_sha256 in page
        assert "can no longer be sent" not in page

    def test_its_page_warns_when_it_can_no_longer_be_sent(self, desk: Client) -> None:
        referral = prepared()
        appeals.complain(
            referral.obligation, text="Мы здесь.", by=UserFactory.create(), at=noon(READY_ON)
        )
        page = desk.get(page_of(referral)).content.decode()
        assert "This file can no longer be sent:" in page
        assert "Its complaint has not been decided." in page

    def test_the_list_costs_the_same_however_many_there_are(self, desk: Client) -> None:
        ReferralFactory.create()
        desk.get(list_of(Referral))
        one = queries(desk, list_of(Referral))
        second = ReferralFactory.create()
        assert queries(desk, list_of(Referral)) == one
        assert second in rows_of(desk.get(list_of(Referral)))

    def test_nobody_of_another_region_finds_it(self) -> None:
        referral = ReferralFactory.create()
        region = referral.obligation.organisation.region_id
        other = Region.objects.exclude(pk=region)[0]
        user = UserFactory.create()
        staff.grant_role(
            user,
            role=Role.CAMPAIGN_MANAGER,
            by=None,
            on=date(2020, 1, 1),
            regions=[other.pk],
        )
        client = signed_in(user)
        assert rows_of(client.get(list_of(Referral))) == []
        for url in (
            page_of(referral),
            download(referral, "pdf"),
            download(referral, "json"),
            verb_of(referral, "drop"),
        ):
            assert client.get(url).status_code == 404

    def test_the_helpline_gets_no_file(self) -> None:
        client = signed_in(staff_member(Role.HELPLINE))
        assert client.get(download(ReferralFactory.create(), "pdf")).status_code == 403


class TestDropping:
    def test_one_is_dropped_with_a_reason_and_stays_to_be_read(
        self, desk: Client, manager: User
    ) -> None:
        referral = ReferralFactory.create()
        assert desk.get(verb_of(referral, "drop")).status_code == 200
        desk.post(verb_of(referral, "drop"), {"reason": " "})
        referral.refresh_from_db()
        assert referral.state == ReferralState.PREPARED
        response = desk.post(verb_of(referral, "drop"), {"reason": "A new act."}, follow=True)
        assert told(response) == ["The file is dropped."]
        referral.refresh_from_db()
        assert (referral.state, referral.ended_by) == (ReferralState.DROPPED, manager)
        page = desk.get(page_of(referral)).content.decode()
        assert "A new act." in page
        assert verb_of(referral, "drop") not in page

    def test_what_was_sent_is_not_dropped(self, desk: Client) -> None:
        referral = ReferralFactory.create(state=ReferralState.REFERRED)
        response = desk.post(verb_of(referral, "drop"), {"reason": "Late."})
        assert "it cannot be dropped" in response.content.decode()

    def test_a_reviewer_drops_nothing(self) -> None:
        referral, client = ReferralFactory.create(), signed_in(staff_member(Role.REVIEWER))
        assert client.get(page_of(referral)).status_code == 200
        assert client.post(verb_of(referral, "drop"), {"reason": "No."}).status_code == 403


class TestGrounds:
    def wording(self, **changes: Any) -> dict[str, Any]:
        texts = {
            f"{name}_{language}": "Text"
            for name in ("name", "article", "remark")
            for language in ("kk", "ru", "en")
        }
        none = {
            "demands-TOTAL_FORMS": "0",
            "demands-INITIAL_FORMS": "0",
            "demands-MIN_NUM_FORMS": "0",
            "demands-MAX_NUM_FORMS": "1000",
        }
        return {
            "code": "absence",
            "track": "court",
            "from_on": "2028-06-01",
            "until_on": "",
            "lasting_days": "365",
            **texts,
            **none,
            **changes,
        }

    def test_the_list_says_which_are_in_force(self, desk: Client) -> None:
        found = {row.code: row.is_in_force_today for row in rows_of(desk.get(list_of(LegalGround)))}
        assert found == {"absence": True, "not_submitted": True, "silence": False}

    def test_another_wording_follows_once_the_first_has_ended(self, desk: Client) -> None:
        add = f"{list_of(LegalGround)}add/"
        response = desk.post(add, self.wording())
        assert "Another wording of this ground is in force then." in response.content.decode()
        LegalGround.objects.filter(code="absence").update(until_on=date(2028, 6, 1))
        assert desk.post(add, self.wording()).status_code == 302
        assert LegalGround.objects.filter(code="absence").count() == 2

    def test_what_a_file_rests_on_is_ended_and_not_changed(self, desk: Client) -> None:
        ReferralFactory.create()
        ground = ground_of("absence")
        page = desk.get(page_of(ground))
        form = page.context["adminform"].form
        assert list(form.fields) == ["until_on"]
        inline = page.context["inline_admin_formsets"][0]
        assert not inline.has_add_permission
        assert not inline.has_change_permission
        answers = self.wording(until_on="2028-06-01", name_en="Otherwise")
        desk.post(page_of(ground), answers)
        ground.refresh_from_db()
        assert (ground.until_on, ground.name_en == "Otherwise") == (date(2028, 6, 1), False)

    def test_none_is_deleted(self, desk: Client) -> None:
        url = reverse("admin:reregistration_legalground_delete", args=[ground_of("silence").pk])
        assert desk.post(url, {"post": "yes"}).status_code == 403

    def test_a_reviewer_reads_and_changes_nothing(self) -> None:
        client, ground = signed_in(staff_member(Role.REVIEWER)), ground_of("absence")
        assert client.get(page_of(ground)).status_code == 200
        assert client.post(page_of(ground), self.wording()).status_code == 403


class TestBodies:
    def body(self, **changes: Any) -> dict[str, Any]:
        return {
            "name_kk": "Прокуратура",
            "name_ru": "Прокуратура",
            "name_en": "Prosecutor",
            "address": "Astana",
            "email": "kense@body.example",
            "region": "",
            "from_on": "2028-01-01",
            "until_on": "",
            **changes,
        }

    def test_one_is_added_and_changed_until_a_file_rests_on_it(self, desk: Client) -> None:
        desk.post(f"{list_of(ReceivingBody)}add/", self.body())
        body = ReceivingBody.objects.get()
        desk.post(page_of(body), self.body(address="Almaty"))
        body.refresh_from_db()
        assert body.address == "Almaty"
        ReferralFactory.create(receiving_body=body)
        desk.post(page_of(body), self.body(address="Shymkent", until_on="2028-12-01"))
        body.refresh_from_db()
        assert (body.address, body.until_on) == ("Almaty", date(2028, 12, 1))

    def test_the_list_names_each_in_the_reader_s_language(self, desk: Client) -> None:
        ReceivingBodyFactory.create(region=Region.objects.all()[0])
        assert "Prosecutor" in desk.get(list_of(ReceivingBody)).content.decode()
