"""Many at once at the last second; two clicks; each on a connection of its own."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from django.db import transaction

from grants import applications, drafts
from grants.models import Application
from grants.states import Exclusion
from tests.concurrency import together
from tests.factories.grants import CLOSES_AT, ApplicationFactory, CallFactory, ParticipantFactory
from tests.factories.registry import RepresentativeFactory

LAST = CLOSES_AT - timedelta(seconds=1)
MANY = 50


def submit(row: Application) -> Application:
    return applications.submit(row, clear_of=Exclusion.values, by=row.started_by, at=LAST)


def ready(count: int) -> list[Application]:
    with transaction.atomic():
        lot = CallFactory.create().lots.get()
        rows = []
        for _ in range(count):
            acting = RepresentativeFactory.create()
            ParticipantFactory.create(organisation=acting.organisation)
            row = ApplicationFactory.create(
                lot=lot, organisation=acting.organisation, started_by=acting.user
            )
            row.regions.set([acting.organisation.region])
            rows.append(row)
        return rows


def test_fifty_in_the_last_second_are_all_in_time(real_commits: None) -> None:
    made = together(*(partial(submit, row) for row in ready(MANY)))
    assert [row for row in made if not isinstance(row, Application)] == []
    assert len({row.number for row in made}) == MANY
    assert Application.objects.filter(state="submitted", submitted_at=LAST).count() == MANY


def test_two_clicks_hand_in_one(real_commits: None) -> None:
    (row,) = ready(1)
    one, other = together(partial(submit, row), partial(submit, row))
    assert one.number == other.number
    assert row.events.filter(to_state="submitted").count() == 1


def test_two_tabs_begin_one_draft(real_commits: None) -> None:
    (row,) = ready(1)
    lot = CallFactory.create().lots.get()
    begin = partial(drafts.begin, lot, row.organisation, by=row.started_by, at=LAST)
    one, other = together(begin, begin)
    assert one.pk == other.pk
