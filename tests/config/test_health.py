"""`/healthz` says whether a web process is of use."""

from __future__ import annotations

import pytest
from django.db import Error, InterfaceError, OperationalError, connection
from django.test import Client, override_settings

from config.health import PATH


@pytest.mark.django_db
class TestHealth:
    def test_is_well_while_the_database_answers(self, client: Client) -> None:
        answer = client.get(PATH)
        assert (answer.status_code, answer.content) == (200, b"ok\n")
        assert answer["Cache-Control"] == "no-store"

    def test_is_told_over_http_and_to_any_host(self, client: Client) -> None:
        with override_settings(SECURE_SSL_REDIRECT=True, ALLOWED_HOSTS=["portal.example"]):
            assert client.get(PATH, headers={"host": "127.0.0.1:8000"}).status_code == 200
            # Nothing else passes by what this one passes by.
            assert client.get("/", headers={"host": "portal.example"}).status_code == 301

    @pytest.mark.parametrize("error", [OperationalError, InterfaceError])
    def test_is_ill_without_a_database(
        self, client: Client, monkeypatch: pytest.MonkeyPatch, error: type[Error]
    ) -> None:
        def refuse() -> None:
            raise error("no connection")

        monkeypatch.setattr(connection, "cursor", refuse)
        answer = client.get(PATH)
        assert (answer.status_code, answer.content) == (503, b"the database does not answer\n")
