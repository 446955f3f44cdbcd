"""A campaign at the desk: drafted, opened after a dry run, moved, closed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.forms.models import model_to_dict
from django.test import Client
from django.utils import timezone

from accounts import staff
from accounts.models import User
from accounts.roles import Role
from registry.models import Organisation
from reregistration import due_dates, scope
from reregistration.admin import load, preview
from reregistration.models import Campaign, CampaignDecision, Obligation, ReturnReason
from reregistration.states import CampaignState, State
from tests.factories.accounts import UserFactory, staff_member
from tests.factories.registry import OrganisationFactory
from tests.factories.reregistration import (
    CampaignFactory,
    CohortFactory,
    ObligationFactory,
    cohort_in,
    noon,
)
from tests.reregistration.desk import list_of, page_of, queries, signed_in, told, verb_of

pytestmark = pytest.mark.django_db

ALMATY_CITY = "750000000"
GROUND = {"ground": "Приказ № 12 от 1 июня"}


@pytest.fixture
def manager(db: None) -> User:
    return staff_member(Role.CAMPAIGN_MANAGER, email="manager@ministry.example")


@pytest.fixture
def desk(manager: User) -> Client:
    return signed_in(manager)


def draft() -> Campaign:
    """A draft that can be opened whenever the test runs."""
    today = timezone.localdate()
    return CampaignFactory.create(
        drafted=True, opens_on=today - timedelta(days=1), due_on=today + timedelta(days=150)
    )


def fresh(campaign: Campaign) -> Campaign:
    return Campaign.objects.get(pk=campaign.pk)


def answers_for(campaign: Campaign, **changed: object) -> dict[str, object]:
    """What the draft's form posts."""
    fields = model_to_dict(campaign, exclude=["id", "state"])
    fields["legal_forms"] = [form.pk for form in fields["legal_forms"]]
    return {**fields, **changed}


class TestDraft:
    def test_it_is_added_as_a_draft(self, desk: Client) -> None:
        form = answers_for(CampaignFactory.create(), code="2031")
        desk.post(f"{list_of(Campaign)}add/", form)
        assert Campaign.objects.get(code="2031").state == CampaignState.DRAFT

    def test_it_is_edited(self, desk: Client) -> None:
        campaign = draft()
        desk.post(page_of(campaign), answers_for(campaign, grace_days=20))
        assert fresh(campaign).grace_days == 20

    def test_a_posted_state_is_ignored(self, desk: Client) -> None:
        campaign = draft()
        desk.post(page_of(campaign), answers_for(campaign, state="open", grace_days=20))
        assert (fresh(campaign).grace_days, fresh(campaign).state) == (20, CampaignState.DRAFT)

    def test_a_due_date_before_the_opening_is_refused_in_words(self, desk: Client) -> None:
        campaign = draft()
        response = desk.post(page_of(campaign), answers_for(campaign, due_on=campaign.opens_on))
        assert "The due date lies after the opening day." in response.content.decode()

    def test_an_open_campaign_is_not_edited(self, desk: Client) -> None:
        campaign = CampaignFactory.create()
        response = desk.post(page_of(campaign), answers_for(campaign, grace_days=20))
        assert response.status_code == 403
        assert fresh(campaign).grace_days == 14

    def test_it_is_not_deleted(self, desk: Client) -> None:
        campaign = draft()
        response = desk.post(f"{page_of(campaign)}../delete/", {"post": "yes"})
        assert response.status_code == 403
        assert fresh(campaign)


class TestOpen:
    def test_the_dry_run_writes_nothing(self, desk: Client) -> None:
        OrganisationFactory.create()
        campaign = draft()
        response = desk.get(verb_of(campaign, "open"))
        assert response.context["preview"].enrolled == 1
        assert not Obligation.objects.exists()
        assert fresh(campaign).state == CampaignState.DRAFT

    def test_it_opens_with_its_ground(self, desk: Client, manager: User) -> None:
        OrganisationFactory.create()
        campaign = draft()
        response = desk.post(verb_of(campaign, "open"), GROUND, follow=True)
        assert told(response) == ["The campaign is open: 1 organisations have their obligation."]
        decision = CampaignDecision.objects.get()
        assert (decision.by, decision.ground) == (manager, GROUND["ground"])

    def test_without_a_ground_nothing_opens(self, desk: Client) -> None:
        campaign = draft()
        assert desk.post(verb_of(campaign, "open"), {"ground": " "}).status_code == 200
        assert fresh(campaign).state == CampaignState.DRAFT

    def test_a_refusal_is_a_sentence_on_the_page(self, desk: Client) -> None:
        campaign = draft()
        campaign.legal_forms.clear()
        response = desk.post(verb_of(campaign, "open"), GROUND)
        assert "No legal form is in scope yet." in response.content.decode()

    def test_the_second_tab_is_told_that_it_is_open(self, desk: Client) -> None:
        campaign = draft()
        desk.post(verb_of(campaign, "open"), GROUND)
        response = desk.post(verb_of(campaign, "open"), GROUND)
        assert "Only a draft can be opened." in response.content.decode()
        assert CampaignDecision.objects.count() == 1

    def test_a_manager_of_one_region_decides_nothing_for_all(self) -> None:
        user = UserFactory.create()
        staff.grant_role(
            user,
            role=Role.CAMPAIGN_MANAGER,
            by=None,
            on=date(2020, 1, 1),
            regions=["710000000"],
        )
        campaign = draft()
        assert signed_in(user).post(verb_of(campaign, "open"), GROUND).status_code == 403
        assert fresh(campaign).state == CampaignState.DRAFT


class TestPreview:
    def test_every_organisation_has_one_answer(self) -> None:
        campaign = CampaignFactory.create(drafted=True)
        OrganisationFactory.create()
        OrganisationFactory.create(suspended=True)
        OrganisationFactory.create(legal_form_id="RA")
        OrganisationFactory.create(registered_on=campaign.cut_off_on)
        OrganisationFactory.create(state_founded=True)
        OrganisationFactory.create(political_party=True)
        OrganisationFactory.create(trade_union=True)
        OrganisationFactory.create(merged_into=OrganisationFactory.create())
        OrganisationFactory.create(taken_out_at=noon(campaign.opens_on))
        seen = preview.dry_run(campaign)
        assert seen.enrolled == scope.in_scope(campaign).count() == 2
        told_apart = set(preview.REASONS) - {preview.HELD, "other"}
        assert dict(seen.left_out) == {preview.REASONS[code]: 1 for code in told_apart}
        assert seen.enrolled + seen.left_out_total == seen.total == Organisation.objects.count()

    def test_regions_and_forms_sum_to_those_enrolled(self) -> None:
        campaign = CampaignFactory.create(drafted=True)
        OrganisationFactory.create()
        OrganisationFactory.create(region_id="750000000", legal_form_id="PA")
        seen = preview.dry_run(campaign)
        assert sum(count for _region, count in seen.by_region) == seen.enrolled == 2
        assert sum(count for _form, count in seen.by_form) == seen.enrolled

    def test_the_states_of_an_open_campaign_sum_to_the_register(self) -> None:
        campaign = CampaignFactory.create()
        ObligationFactory.create(campaign=campaign)
        ObligationFactory.create(campaign=campaign, overdue=True)
        OrganisationFactory.create()
        numbers = preview.numbers(campaign)
        assert numbers is not None
        assert sum(count for *_, count in numbers.by_state) == numbers.enrolled == 2
        assert numbers.enrolled + numbers.left_out == numbers.total == 3


class TestCohorts:
    def test_a_manager_makes_them_and_opens_without_a_shell(self, desk: Client) -> None:
        campaign = draft()
        later = campaign.due_on + timedelta(days=30)
        form = {"regions": [ALMATY_CITY], "due_on": later}
        response = desk.post(verb_of(campaign, "add-cohort"), form, follow=True)
        assert told(response) == ["Cohort № 1 is added: Almaty."]
        OrganisationFactory.create(region_id=ALMATY_CITY)
        OrganisationFactory.create()
        parts = desk.get(verb_of(campaign, "open")).context["load"].parts
        assert [(part.number, part.count) for part in parts] == [(1, 1), (None, 1)]
        desk.post(verb_of(campaign, "open"), GROUND)
        assert Obligation.objects.get(cohort__number=1).due_on >= later
        assert campaign.obligations.count() == 2

    def test_one_is_removed_from_a_draft(self, desk: Client) -> None:
        cohort = CohortFactory.create(campaign=draft(), due_on=date(2090, 1, 1))
        answer = {"cohort": cohort.pk}
        desk.post(verb_of(cohort.campaign, "remove-cohort"), answer)
        # In the second tab.
        desk.post(verb_of(cohort.campaign, "remove-cohort"), answer)
        assert not cohort.campaign.cohorts.exists()

    @pytest.mark.parametrize(
        ("answers", "words"),
        [
            ({"due_on": "2090-01-01"}, "Choose regions or last digits"),
            ({"bin_digits": ["3"], "due_on": "2020-01-01"}, "lies after the campaign"),
        ],
    )
    def test_a_refusal_is_a_sentence_on_the_page(
        self, desk: Client, answers: dict[str, object], words: str
    ) -> None:
        campaign = draft()
        response = desk.post(verb_of(campaign, "add-cohort"), answers)
        assert words in response.content.decode()
        assert not campaign.cohorts.exists()

    def test_one_of_an_open_campaign_gets_a_later_date(self, desk: Client) -> None:
        today = timezone.localdate()
        campaign = CampaignFactory.create(opens_on=today, due_on=today + timedelta(days=60))
        cohort = cohort_in(campaign, due_on=today + timedelta(days=90))
        later = today + timedelta(days=120)
        answers = {"cohort": cohort.pk, "due_on": later, **GROUND}
        desk.post(verb_of(campaign, "move-due-date"), answers)
        cohort.refresh_from_db()
        assert (cohort.due_on, fresh(campaign).due_on) == (later, campaign.due_on)
        assert "cohort № 1" in desk.get(page_of(campaign)).content.decode()

    def test_a_cohort_of_another_campaign_is_not_moved(self, desk: Client) -> None:
        campaign, other = CampaignFactory.create(), CampaignFactory.create()
        cohort_in(campaign)
        strange = cohort_in(other)
        answers = {"cohort": strange.pk, "due_on": "2090-01-02", **GROUND}
        assert desk.post(verb_of(campaign, "move-due-date"), answers).status_code == 200
        assert not CampaignDecision.objects.exists()

    def test_the_page_costs_the_same_for_many(self, desk: Client) -> None:
        # What a process keeps once it is known is not counted.
        desk.get(page_of(CampaignFactory.create()))
        counts = []
        for size in (1, 5):
            campaign = CampaignFactory.create()
            for digit in range(size):
                cohort = cohort_in(campaign, regions=[ALMATY_CITY], bin_digits=[digit])
                ObligationFactory.create(campaign=campaign, cohort=cohort, due_on=cohort.due_on)
            counts.append(queries(desk, page_of(campaign)))
        assert counts[0] == counts[1]


class TestLoad:
    def test_parts_and_days_sum_to_those_enrolled(self) -> None:
        campaign = CampaignFactory.create(drafted=True)
        CohortFactory.create(campaign=campaign, regions=[ALMATY_CITY])
        OrganisationFactory.create(region_id=ALMATY_CITY)
        OrganisationFactory.create_batch(2)
        OrganisationFactory.create(suspended=True)
        seen = load.load(campaign)
        assert sum(part.count for part in seen.parts) == seen.total == 3
        assert sum(day.count for day in seen.days) == preview.dry_run(campaign).enrolled == 3

    def test_what_is_filed_waits_for_what_was_filed_before(self) -> None:
        """Two a day: five of Tuesday 1 December take three days, two of Thursday wait for them."""
        campaign = CampaignFactory.create(reviews_a_day=2, review_working_days=2)
        cohort = cohort_in(campaign, due_on=date(2026, 12, 3))
        ObligationFactory.create_batch(5, campaign=campaign)
        ObligationFactory.create_batch(2, campaign=campaign, cohort=cohort, due_on=cohort.due_on)
        days = load.load(campaign).days
        assert [(day.due_on.day, day.count, day.reviewed_by.day) for day in days] == [
            (1, 5, 4),
            (3, 2, 7),
        ]
        assert [(day.limit_on.day, day.is_late) for day in days] == [(3, True), (7, False)]

    def test_a_date_on_a_day_off_is_shown_as_it_holds(self) -> None:
        campaign = CampaignFactory.create(drafted=True, due_on=date(2026, 12, 26))
        assert load.load(campaign).parts[0].due_on == date(2027, 1, 11)


class TestDates:
    def test_the_due_date_moves_with_everyones(self, desk: Client) -> None:
        today = timezone.localdate()
        campaign = CampaignFactory.create(opens_on=today, due_on=today + timedelta(days=60))
        obligation = ObligationFactory.create(campaign=campaign)
        later = campaign.due_on + timedelta(days=60)
        response = desk.post(
            verb_of(campaign, "move-due-date"), {"due_on": later, **GROUND}, follow=True
        )
        assert fresh(campaign).due_on == later
        assert "0 of 1 looked at" in response.content.decode()
        due_dates.write_all(campaign, at=timezone.now())
        assert "looked at</" not in desk.get(page_of(campaign)).content.decode()
        assert Obligation.objects.get(pk=obligation.pk).due_on >= later

    def test_an_earlier_date_is_refused_on_the_page(self, desk: Client) -> None:
        campaign = CampaignFactory.create()
        earlier = campaign.due_on - timedelta(days=1)
        response = desk.post(verb_of(campaign, "move-due-date"), {"due_on": earlier, **GROUND})
        assert "can only move to a later day" in response.content.decode()

    def test_it_closes(self, desk: Client) -> None:
        campaign = CampaignFactory.create()
        desk.post(verb_of(campaign, "close"), GROUND)
        assert fresh(campaign).state == CampaignState.CLOSED


class TestPage:
    def test_it_offers_what_the_state_lets(self, desk: Client) -> None:
        names = {
            campaign.state: [
                verb.name for verb, _url in desk.get(page_of(campaign)).context["verbs"]
            ]
            for campaign in (draft(), CampaignFactory.create())
        }
        assert names == {
            "draft": ["open", "add-cohort"],
            "open": ["move-due-date", "take-in", "release-left", "pace", "close"],
        }

    def test_it_shows_the_decisions_and_the_numbers(self, desk: Client) -> None:
        campaign = draft()
        OrganisationFactory.create()
        desk.post(verb_of(campaign, "open"), GROUND)
        response = desk.get(page_of(campaign))
        assert GROUND["ground"] in response.content.decode()
        for _label, address in response.context["links"]:
            assert desk.get(address).status_code == 200
        assert len(response.context["links"]) == 3
        assert {state: n for _, state, n in response.context["numbers"].by_state}[State.DUE] == 1


class TestReturnReasons:
    def test_a_reason_is_reworded_but_keeps_its_code(self, desk: Client) -> None:
        reason = ReturnReason.objects.get(code="other")
        desk.post(
            page_of(reason),
            {"code": "renamed", "name_kk": "а", "name_ru": "б", "name_en": "c"},
        )
        reason.refresh_from_db()
        assert reason.name_ru == "б"
        assert not ReturnReason.objects.filter(code="renamed").exists()
