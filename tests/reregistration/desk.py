"""The ministry's desk over HTTP, as a member of staff uses it."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from tests.clients import Browser


def signed_in(user: User) -> Client:
    client = Browser()
    client.speak("en")
    client.force_login(user, backend="accounts.backends.RoleBackend")
    return client


def list_of(model: type[Model]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def page_of(row: Model) -> str:
    meta = row._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])


def verb_of(row: Model, verb: str) -> str:
    meta = row._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_{verb}", args=[row.pk])


def told(response: Any) -> list[str]:
    """The messages that the page shows."""
    return [str(message) for message in response.context["messages"]]


def rows_of(response: Any) -> list[Any]:
    """The rows that a list shows, in order."""
    return list(response.context["cl"].result_list)


def queries(client: Client, url: str) -> int:
    """How many queries it takes to open that page."""
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)
