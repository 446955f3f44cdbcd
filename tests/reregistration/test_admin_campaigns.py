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
from reregistration import scope
from reregistration.admin import preview
from reregistration.models import Campaign, CampaignDecision, Obligation, ReturnReason
from reregistration.states import CampaignState, State
from tests.factories.accounts import UserFactory, staff_member
from tests.factories.registry import OrganisationFactory
from tests.factories.reregistration import CampaignFactory, ObligationFactory
from tests.reregistration.desk import list_of, page_of, signed_in, told, verb_of

pytestmark = pytest.mark.django_db

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


class TestDates:
    def test_the_due_date_moves_with_everyones(self, desk: Client) -> None:
        today = timezone.localdate()
        campaign = CampaignFactory.create(opens_on=today, due_on=today + timedelta(days=60))
        obligation = ObligationFactory.create(campaign=campaign)
        later = campaign.due_on + timedelta(days=60)
        desk.post(verb_of(campaign, "move-due-date"), {"due_on": later, **GROUND})
        assert fresh(campaign).due_on == later
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
        assert names == {"draft": ["open"], "open": ["move-due-date", "pace", "close"]}

    def test_it_shows_the_decisions_and_the_numbers(self, desk: Client) -> None:
        campaign = draft()
        OrganisationFactory.create()
        desk.post(verb_of(campaign, "open"), GROUND)
        response = desk.get(page_of(campaign))
        assert GROUND["ground"] in response.content.decode()
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
