"""The admin's first page: each figure for who may see it, the same as the list behind it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import staff
from accounts.roles import Role
from notices.models import Pause, Wave
from notices.states import DispatchState, Kind
from registry.models import Region
from reregistration.admin.dashboard import Figure
from reregistration.models import MarkingRound, Obligation
from reregistration.states import CampaignState, RoundState, State
from tests.factories.accounts import UserFactory, staff_member
from tests.factories.notices import DispatchFactory
from tests.factories.paper import typed
from tests.factories.reregistration import CampaignFactory, FilingFactory, ObligationFactory
from tests.reregistration.desk import list_of, queries, rows_of, signed_in

pytestmark = pytest.mark.django_db


def first_page(client: Client) -> Any:
    response = client.get(reverse("admin:index"))
    assert response.status_code == 200
    return response


def figures(context: Any) -> Iterator[Figure]:
    if context["queue"]:
        yield context["queue"]["waiting"]
    yield from context["sendings"]["figures"] if context["sendings"] else ()
    yield from context["stuck"] or ()


@pytest.fixture
def desk() -> Client:
    return signed_in(staff_member(Role.CAMPAIGN_MANAGER, email="manager@ministry.example"))


def everything(region: Region | None = None) -> None:
    """A row or more behind each figure."""
    at = timezone.now()
    place = {"organisation__region_id": region.pk} if region else {}
    sent_to = {"notice__organisation__region_id": region.pk} if region else {}
    filed = ObligationFactory.create(filed=True, **place)
    FilingFactory.create(submitted=True, obligation=filed, submitted_at=at - timedelta(days=9))
    differing = ObligationFactory.create(**place)
    Obligation.objects.filter(pk=differing.pk).update(state=State.OVERDUE)
    campaign = CampaignFactory.create(opens_on=date(2020, 1, 1), due_on=date(2020, 6, 1))
    ObligationFactory.create(campaign=campaign, **place)
    for state in (DispatchState.QUEUED, DispatchState.FAILED, DispatchState.SUPPRESSED):
        DispatchFactory.create(state=state, **sent_to)
    DispatchFactory.create(sent=True, **sent_to)
    DispatchFactory.create(letter=True, **sent_to)
    DispatchFactory.create(
        state=DispatchState.SENDING, next_attempt_at=at - timedelta(hours=1), **sent_to
    )


def test_whom_a_paper_filing_keeps_from_being_overdue_is_not_said_to_be_stuck(
    desk: Client,
) -> None:
    """The timetable passes over it: to tell the operator would be a false alarm."""
    campaign = CampaignFactory.create(opens_on=date(2020, 1, 1), due_on=date(2020, 6, 1))
    late = ObligationFactory.create(campaign=campaign)
    typed(ObligationFactory.create(campaign=campaign))
    assert rows_of(desk.get(list_of(Obligation), {"not_moved": "yes"})) == [late]
    counts = {str(figure.label): figure.count for figure in figures(first_page(desk).context)}
    assert counts["Past due and not moved"] == 1


def everywhere() -> None:
    """What belongs to no region."""
    at, somebody = timezone.now(), UserFactory.create()
    Wave.objects.create(
        source="campaign:2026",
        kind=Kind.ANNOUNCEMENT,
        number=1,
        size=5,
        begun_at=at,
        stopped_at=at,
        stopped_by=somebody,
        stop_reason="too many calls",
    )
    Pause.objects.create(reason="a fault", since_at=at, by=somebody)
    MarkingRound.objects.create(
        campaign=CampaignFactory.create(state=CampaignState.CLOSED),
        on=at.date(),
        state=RoundState.STOPPED,
        drafted_by=somebody,
        drafted_at=at,
        ended_at=at,
        stopped_by=somebody,
        stop_reason="an error",
    )


class TestFigures:
    def test_each_is_what_its_list_shows(self, desk: Client) -> None:
        everything()
        everywhere()
        found = list(figures(first_page(desk).context))
        assert len(found) == 16
        for figure in found:
            assert len(rows_of(desk.get(figure.link))) == figure.count, figure.label

    def test_none_of_them_can_only_be_nought(self, desk: Client) -> None:
        everything()
        everywhere()
        nought = [str(f.label) for f in figures(first_page(desk).context) if not f.count]
        assert nought == ["delivered", "came back"]

    def test_a_difference_from_the_log_is_told_at_the_top(self, desk: Client) -> None:
        assert first_page(desk).context["stuck"][0].is_wrong is False
        everything()
        worst = first_page(desk).context["stuck"][0]
        assert (worst.label, worst.count, worst.is_wrong) == ("State differs from log", 1, True)

    def test_a_lease_that_has_just_run_out_is_not_stuck(self, desk: Client) -> None:
        at = timezone.now() - timedelta(minutes=2)
        DispatchFactory.create(state=DispatchState.SENDING, next_attempt_at=at)
        stuck = {str(figure.label): figure.count for figure in first_page(desk).context["stuck"]}
        assert stuck["Stuck in a worker"] == 0

    def test_a_quiet_day_is_no_fault(self, desk: Client) -> None:
        page = first_page(desk)
        assert {figure.count for figure in figures(page.context)} == {0}
        assert not any(figure.is_wrong for figure in figures(page.context))
        assert "Nothing waits." in page.content.decode()


class TestWhoSeesWhat:
    def parts(self, client: Client) -> set[str]:
        context = first_page(client).context
        return {name for name in ("queue", "response", "sendings", "stuck") if context[name]}

    def test_a_manager_sees_all(self, desk: Client) -> None:
        CampaignFactory.create()
        assert self.parts(desk) == {"queue", "response", "sendings", "stuck"}

    def test_a_reviewer_sees_nothing_of_sendings_and_rounds(self) -> None:
        CampaignFactory.create()
        client = signed_in(staff_member(Role.REVIEWER))
        assert self.parts(client) == {"queue", "response", "stuck"}
        labels = {str(figure.label) for figure in first_page(client).context["stuck"]}
        assert labels == {"State differs from log", "Past due and not moved"}

    def test_whoever_may_see_no_figure_gets_the_lists(self) -> None:
        client = signed_in(staff_member(Role.OPERATOR))
        assert self.parts(client) == set()
        assert reverse("admin:registry_seal_changelist") in first_page(client).content.decode()

    @pytest.mark.parametrize("role", Role.values)
    def test_every_link_opens_for_who_is_shown_it(self, role: str) -> None:
        everything()
        everywhere()
        client = signed_in(staff_member(Role(role)))
        page = first_page(client)
        if not page.context["has_figures"]:
            return
        main = page.content.decode().split('class="desk"')[1]
        links = {link.replace("&amp;", "&") for link in re.findall(r'href="(/admin/[^"]*)"', main)}
        assert links
        assert {client.get(link).status_code for link in links} == {200}

    def test_figures_are_of_ones_own_regions(self) -> None:
        mine, other = Region.objects.all()[:2]
        everything(mine)
        everything(other)
        person = UserFactory.create()
        staff.grant_role(
            person,
            role=Role.SENIOR_REVIEWER,
            by=None,
            on=date(2020, 1, 1),
            regions=[mine.pk],
        )
        client = signed_in(person)
        context = first_page(client).context
        assert [row.region for row, _link in context["queue"]["regions"]] == [mine]
        for figure in figures(context):
            assert figure.count <= 2, figure.label
            assert len(rows_of(client.get(figure.link))) == figure.count, figure.label
        assert context["sendings"]["total"] == 6


class TestCurve:
    def test_the_picture_stands_as_a_table_too(self, desk: Client) -> None:
        campaign = CampaignFactory.create()
        ObligationFactory.create(campaign=campaign)
        ObligationFactory.create(campaign=campaign, filed=True)
        page = first_page(desk)
        curve = page.context["response"]["curve"]
        points = [tuple(map(int, point.split(","))) for point in curve.split()]
        assert points[0] == (0, 100)
        assert points[-1][1] == 50
        assert points == sorted(points, key=lambda point: point[0])
        text = page.content.decode()
        assert f'points="{curve}"' in text
        assert "1 September 2026" in text or "Sept. 1, 2026" in text

    @pytest.mark.parametrize("language", ["kk", "ru", "en"])
    def test_its_numbers_are_those_of_a_picture_in_every_language(self, language: str) -> None:
        ObligationFactory.create(filed=True)
        client = signed_in(staff_member(Role.CAMPAIGN_MANAGER))
        client.cookies["django_language"] = language
        text = first_page(client).content.decode()
        (points,) = re.findall(r'<polyline points="([^"]*)"', text)
        assert re.fullmatch(r"(\d+,\d+ ?)+", points)
        (due,) = re.findall(r'<path class="due" d="M([^"]*),0V100"', text)
        assert due.isdigit()


class TestCost:
    def test_many_rows_cost_no_more_queries(self, desk: Client) -> None:
        everything()
        everywhere()
        # The first visit fills the cache of content types.
        first_page(desk)
        few = queries(desk, reverse("admin:index"))
        for region in Region.objects.all()[:3]:
            everything(region)
        assert queries(desk, reverse("admin:index")) == few
        assert few <= 40
