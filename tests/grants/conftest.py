from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils import translation

from accounts.models import User
from grants.models import Application, Call
from registry.models import Organisation
from tests.clients import Browser
from tests.factories.grants import ApplicationFactory, CallFactory, ParticipantFactory
from tests.factories.registry import RepresentativeFactory


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Refusals are read as they are written in the code, whatever is translated."""
    with translation.override("en"):
        yield


@pytest.fixture
def organisation(alice: User) -> Organisation:
    """Alice acts for it, and it takes part."""
    row = RepresentativeFactory.create(user=alice).organisation
    ParticipantFactory.create(organisation=row)
    return row


@pytest.fixture
def call() -> Call:
    return CallFactory.create()


@pytest.fixture
def draft(organisation: Organisation, call: Call) -> Application:
    """An application that lacks nothing."""
    row = ApplicationFactory.create(lot=call.lots.get(), organisation=organisation)
    row.regions.set([organisation.region])
    return row


@pytest.fixture
def browser(client: Browser, alice: User) -> Browser:
    client.speak("en")
    client.force_login(alice, backend="accounts.backends.RoleBackend")
    return client
