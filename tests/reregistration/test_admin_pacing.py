"""How fast notices go out, at the desk: waves, pauses, and what goes out today and tomorrow."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import staff
from accounts.models import User
from accounts.roles import Role
from notices.models import Pause, Wave
from notices.states import Channel, Kind
from reregistration.models import Campaign
from tests.factories.accounts import UserFactory, staff_member
from tests.factories.notices import DispatchFactory
from tests.factories.registry import ContactFactory
from tests.factories.reregistration import CampaignFactory, ObligationFactory
from tests.reregistration.desk import list_of, page_of, queries, rows_of, signed_in, told, verb_of

pytestmark = pytest.mark.django_db
FORECAST = "admin:notices_wave_forecast"


@pytest.fixture
def manager(db: None) -> User:
    return staff_member(Role.CAMPAIGN_MANAGER, email="manager@ministry.example")


@pytest.fixture
def desk(manager: User) -> Client:
    return signed_in(manager)


@pytest.fixture
def wave(db: None) -> Wave:
    made: Wave = Wave.objects.create(
        source="campaign:2026",
        kind=Kind.ANNOUNCEMENT,
        number=1,
        size=5,
        count=2,
        begun_at=timezone.now(),
    )
    DispatchFactory.create(wave=made)
    DispatchFactory.create(wave=made, sent=True)
    return made


class TestWaves:
    def test_the_list_says_what_waits(self, desk: Client, wave: Wave) -> None:
        (row,) = rows_of(desk.get(list_of(Wave)))
        assert (row, row.waiting_total) == (wave, 1)

    def test_the_list_costs_the_same_for_many(self, desk: Client, wave: Wave) -> None:
        before = queries(desk, list_of(Wave))
        for number in (2, 3, 4):
            Wave.objects.create(
                source=wave.source, kind=wave.kind, number=number, size=5, begun_at=wave.begun_at
            )
        assert queries(desk, list_of(Wave)) == before

    def test_the_page_counts_its_sendings(self, desk: Client, wave: Wave) -> None:
        page = desk.get(page_of(wave))
        assert {label: n for label, n in page.context["counts"] if n} == {"queued": 1, "sent": 1}

    def test_it_is_stopped_for_a_reason_and_resumed(
        self, desk: Client, wave: Wave, manager: User
    ) -> None:
        response = desk.post(verb_of(wave, "stop"), {"reason": "Ошибка"}, follow=True)
        assert told(response) == ["The wave is stopped."]
        wave.refresh_from_db()
        assert (wave.stopped_by, wave.stop_reason) == (manager, "Ошибка")
        assert "Ошибка" in desk.get(page_of(wave)).content.decode()
        desk.post(verb_of(wave, "resume"))
        wave.refresh_from_db()
        assert wave.stopped_at is None

    def test_without_a_reason_it_goes_on(self, desk: Client, wave: Wave) -> None:
        assert desk.post(verb_of(wave, "stop"), {"reason": " "}).status_code == 200
        wave.refresh_from_db()
        assert wave.stopped_at is None

    def test_a_manager_of_one_region_stops_nothing_for_all(self, wave: Wave) -> None:
        user = UserFactory.create()
        staff.grant_role(
            user, role=Role.CAMPAIGN_MANAGER, by=None, on=date(2020, 1, 1), regions=["710000000"]
        )
        response = signed_in(user).post(verb_of(wave, "stop"), {"reason": "Ошибка"})
        assert response.status_code == 403


class TestPauses:
    def test_it_begins_and_ends(self, desk: Client, manager: User) -> None:
        form = {"channel": Channel.EMAIL, "kind": "", "reason": "Сбой"}
        response = desk.post(f"{list_of(Pause)}add/", form, follow=True)
        assert told(response) == ["Nothing of it is sent until the pause ends."]
        pause = Pause.objects.get()
        assert (pause.channel, pause.kind, pause.by) == (Channel.EMAIL, "", manager)
        assert "Сбой" in desk.get(page_of(pause)).content.decode()
        desk.post(verb_of(pause, "end"))
        pause.refresh_from_db()
        assert pause.ended_by == manager

    def test_without_a_reason_nothing_is_paused(self, desk: Client) -> None:
        form = {"channel": "", "kind": Kind.REMINDER, "reason": ""}
        assert desk.post(f"{list_of(Pause)}add/", form).status_code == 200
        assert not Pause.objects.exists()

    def test_what_ended_is_listed_after_what_is_in_force(self, desk: Client, manager: User) -> None:
        now = timezone.now()
        fields = {"reason": "Сбой", "by": manager, "since_at": now}
        Pause.objects.create(channel=Channel.SMS, **fields)
        ended = Pause.objects.create(
            channel=Channel.EMAIL, ended_at=now, ended_by=manager, **fields
        )
        assert rows_of(desk.get(list_of(Pause)))[-1] == ended


class TestForecast:
    def test_it_shows_what_waits_and_what_holds_it(self, desk: Client, manager: User) -> None:
        now = timezone.now()
        DispatchFactory.create_batch(3, made_at=now)
        Pause.objects.create(kind=Kind.REMINDER, reason="Сбой", by=manager, since_at=now)
        page = desk.get(reverse(FORECAST)).content.decode()
        assert "3: sending is paused" in page

    def test_it_opens_when_nothing_goes_out(self, desk: Client) -> None:
        assert "Nothing goes out." in desk.get(reverse(FORECAST)).content.decode()

    def test_it_costs_the_same_for_many(self, desk: Client) -> None:
        today = timezone.localdate()
        campaign = CampaignFactory.create(opens_on=today)
        counts = []
        for _ in range(2):
            for row in ObligationFactory.create_batch(3, campaign=campaign):
                ContactFactory.create(organisation=row.organisation)
            DispatchFactory.create_batch(3, made_at=timezone.now())
            counts.append(queries(desk, reverse(FORECAST)))
        assert counts[0] == counts[1]

    def test_nothing_is_posted_there(self, desk: Client) -> None:
        assert desk.post(reverse(FORECAST)).status_code == 405

    def test_who_sees_no_waves_does_not_see_it(self) -> None:
        reviewer = signed_in(staff_member(Role.REVIEWER))
        assert reviewer.get(reverse(FORECAST)).status_code == 403


class TestPace:
    def test_an_open_campaign_gets_other_waves(self, desk: Client) -> None:
        campaign = CampaignFactory.create()
        form = {"wave_size": "250", "wave_pause_minutes": "30"}
        response = desk.post(verb_of(campaign, "pace"), form, follow=True)
        assert told(response) == ["The next waves have 250 notices, and 30 minutes between them."]
        fresh = Campaign.objects.get()
        assert (fresh.wave_size, fresh.wave_pause_minutes) == (250, 30)

    @pytest.mark.parametrize("size", ["0", "-1", ""])
    def test_a_wave_of_nothing_is_refused(self, desk: Client, size: str) -> None:
        campaign = CampaignFactory.create()
        form = {"wave_size": size, "wave_pause_minutes": "30"}
        assert desk.post(verb_of(campaign, "pace"), form).status_code == 200
        assert Campaign.objects.get().wave_size == 5000
