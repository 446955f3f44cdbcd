"""When the demo of grants is not made and what it says then, and whom it leaves alone."""

from __future__ import annotations

from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from accounts.models import User
from accounts.refusals import Refused
from grants import demo
from grants.demo import stage
from grants.models import Call
from tests.factories.grants import ParticipantFactory
from tests.factories.registry import OrganisationFactory

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 27, 5, tzinfo=UTC)


def test_without_a_register_it_says_what_to_do() -> None:
    with pytest.raises(CommandError, match="load_demo"):
        call_command("load_demo_grants", stdout=StringIO())
    assert not Call.objects.exists()


def test_the_demo_is_not_made_in_production(settings: Settings) -> None:
    settings.IS_PRODUCTION = True
    with pytest.raises(Refused):
        demo.load(at=AT, say=print)
    assert not User.objects.exists()


def test_whoever_takes_part_already_is_left_alone() -> None:
    free, left = OrganisationFactory.create(), OrganisationFactory.create()
    ParticipantFactory.create(organisation=left, left=True)
    ParticipantFactory.create()
    assert stage.in_good_standing(AT.date()) == [free.pk, left.pk]
