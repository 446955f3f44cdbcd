from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from accounts.models import User
from accounts.refusals import Refused
from registry import representatives
from registry.models import Representative
from tests.factories.registry import OrganisationFactory


def test_a_person_may_act_from_that_moment(alice: User, at: datetime) -> None:
    organisation = OrganisationFactory.create()
    begun = representatives.begin(organisation, user=alice, ground="order 5", at=at)
    assert (begun.role, begun.from_at, begun.until_at) == (Representative.Role.MANAGER, at, None)


def test_twice_at_a_time_is_refused(alice: User, at: datetime) -> None:
    organisation = OrganisationFactory.create()
    representatives.begin(organisation, user=alice, at=at)
    with pytest.raises(Refused):
        representatives.begin(organisation, user=alice, at=at)
    assert organisation.representatives.count() == 1


def test_a_person_may_begin_again_after_the_end(alice: User, at: datetime) -> None:
    organisation = OrganisationFactory.create()
    first = representatives.begin(organisation, user=alice, at=at)
    representatives.end(first, at=at)
    representatives.begin(organisation, user=alice, at=at)
    assert organisation.representatives.count() == 2


def test_the_first_end_stands(alice: User, at: datetime) -> None:
    begun = representatives.begin(OrganisationFactory.create(), user=alice, at=at)
    assert representatives.end(begun, at=at)
    assert not representatives.end(begun, at=at + timedelta(days=1))
    assert begun.until_at == at


def test_an_organisation_merged_into_another_is_refused(alice: User, at: datetime) -> None:
    merged = OrganisationFactory.create(merged_into=OrganisationFactory.create())
    with pytest.raises(Refused):
        representatives.begin(merged, user=alice, at=at)
