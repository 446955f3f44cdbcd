from __future__ import annotations

from datetime import datetime
from functools import partial

import pytest

from accounts.refusals import Refused
from registry import merging
from registry.models import Organisation, RegisterEntry
from tests.concurrency import one_behind_the_other, together
from tests.factories.accounts import UserFactory
from tests.registry.test_merging import GROUND, pair


@pytest.mark.usefixtures("real_commits")
class TestTwoAtOnce:
    def test_two_clicks_merge_once(self, at: datetime) -> None:
        twice, kept = pair()
        click = partial(merging.merge, twice, kept, ground=GROUND, by=UserFactory.create(), at=at)
        outcomes = one_behind_the_other(click, click)
        assert [type(outcome) for outcome in outcomes] == [list, Refused]
        assert RegisterEntry.objects.count() == 2

    def test_two_entries_are_not_merged_into_each_other(self, at: datetime) -> None:
        one, other = pair()
        by = UserFactory.create()
        outcomes = together(
            partial(merging.merge, one, other, ground=GROUND, by=by, at=at),
            partial(merging.merge, other, one, ground=GROUND, by=by, at=at),
        )
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Refused", "list"]
        assert Organisation.objects.listed().count() == 1
