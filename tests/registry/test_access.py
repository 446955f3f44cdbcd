from __future__ import annotations

from datetime import datetime

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import Http404

from accounts.models import User
from registry import representatives
from registry.access import acting_for, organisations_of
from registry.models import Organisation
from tests.factories.registry import OrganisationFactory, RepresentativeFactory


@pytest.fixture
def organisation(alice: User) -> Organisation:
    organisation = OrganisationFactory.create()
    RepresentativeFactory.create(organisation=organisation, user=alice)
    return organisation


def test_alice_finds_her_organisation(alice: User, organisation: Organisation) -> None:
    assert acting_for(alice, organisation.number) == organisation
    assert list(organisations_of(alice)) == [organisation]


def test_charlie_finds_nothing_and_learns_nothing(
    charlie: User, organisation: Organisation
) -> None:
    with pytest.raises(Http404) as of_another:
        acting_for(charlie, organisation.number)
    with pytest.raises(Http404) as of_none:
        acting_for(charlie, "R-0000000")
    assert str(of_another.value) == str(of_none.value)


def test_a_visitor_finds_nothing(organisation: Organisation) -> None:
    assert not organisations_of(AnonymousUser()).exists()
    with pytest.raises(Http404):
        acting_for(AnonymousUser(), organisation.number)


def test_who_acts_no_longer_finds_nothing(
    alice: User, organisation: Organisation, at: datetime
) -> None:
    representatives.end(organisation.representatives.get(), at=at)
    with pytest.raises(Http404):
        acting_for(alice, organisation.number)
