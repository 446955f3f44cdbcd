"""The demo is never made in production."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pytest_django import Settings

from accounts.models import User
from accounts.refusals import Refused
from reregistration import demo

pytestmark = pytest.mark.django_db


def test_the_demo_is_not_made_in_production(settings: Settings) -> None:
    settings.IS_PRODUCTION = True
    with pytest.raises(Refused):
        demo.load(at=datetime.now(UTC), say=print)
    assert not User.objects.exists()
