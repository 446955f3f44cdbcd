from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from django.core import mail
from pytest_django import Settings

from config.celery import app
from notices import tasks
from notices.models import LetterBatch
from tests.factories.notices import DispatchFactory

pytestmark = pytest.mark.django_db


def test_delivering_twice_sends_once(at: datetime) -> None:
    DispatchFactory.create_batch(2, made_at=at)
    tasks.deliver_due(at=at)
    tasks.deliver_due(at=at)
    assert len(mail.outbox) == 2


def test_making_batches_twice_makes_one(at: datetime, settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    DispatchFactory.create_batch(2, made_at=at, letter=True)
    tasks.make_letter_batch(at=at)
    tasks.make_letter_batch(at=at)
    assert LetterBatch.objects.get().count == 2


def test_the_timetable_names_tasks_that_there_are() -> None:
    named = {entry["task"] for entry in app.conf.beat_schedule.values()}
    ours = {name for name in named if name.startswith("notices.")}
    assert ours == {
        tasks.deliver_due.name,
        tasks.deliver_short_messages.name,
        tasks.make_letter_batch.name,
        tasks.read_bounces.name,
        tasks.publish.name,
    }
