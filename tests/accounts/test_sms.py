"""Text messages leave through one gateway, and only where the guard lets them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from accounts import sms
from accounts.refusals import Refused
from accounts.sms import Taken

PHONE = "+77011234567"


class _Carrier(BaseHTTPRequestHandler):
    """A provider's server that notes what it was sent."""

    taken: list[dict[str, Any]] = []
    status = 202
    says = b""
    keys: list[str | None] = []
    headers_too: dict[str, str] = {}

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.taken.append({**json.loads(body), "token": self.headers["Authorization"]})
        self.keys.append(self.headers["Idempotency-Key"])
        self.send_response(self.status)
        for name, value in self.headers_too.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(self.says)

    def log_message(self, *_args: object) -> None:
        """Be quiet."""


@pytest.fixture
def carrier(settings: Settings) -> Iterator[type[_Carrier]]:
    _Carrier.taken, _Carrier.keys, _Carrier.status = [], [], 202
    _Carrier.says, _Carrier.headers_too = b"", {}
    with HTTPServer(("127.0.0.1", 0), _Carrier) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        settings.SMS_GATEWAY = "accounts.sms.HttpGateway"
        settings.SMS_URL = f"http://127.0.0.1:{server.server_port}/send"
        settings.SMS_TOKEN = "a-token"
        yield _Carrier
        server.shutdown()


@pytest.mark.parametrize(("production", "released"), [(False, False), (False, True), (True, False)])
def test_nothing_leaves_but_from_a_released_production(
    settings: Settings, carrier: type[_Carrier], production: bool, released: bool
) -> None:
    settings.IS_PRODUCTION, settings.NOTICES_RELEASED = production, released
    assert not sms.gateway().send(PHONE, "1234")
    assert carrier.taken == []


def test_a_listed_number_is_reached_from_a_test_machine(
    settings: Settings, carrier: type[_Carrier]
) -> None:
    settings.NOTICES_ALLOW_LIST = [PHONE]
    assert sms.gateway().send(PHONE, "1234")
    assert not sms.gateway().send("+77019999999", "1234")
    assert [taken["to"] for taken in carrier.taken] == [PHONE]


def test_a_released_production_posts_number_text_and_token(
    settings: Settings, carrier: type[_Carrier]
) -> None:
    settings.IS_PRODUCTION = settings.NOTICES_RELEASED = True
    assert sms.gateway().send(PHONE, "Код 1234")
    assert carrier.taken == [{"to": PHONE, "text": "Код 1234", "token": "Bearer a-token"}]


def test_a_gateway_that_fails_is_told_in_a_sentence(
    settings: Settings, carrier: type[_Carrier]
) -> None:
    settings.NOTICES_ALLOW_LIST = [PHONE]
    carrier.status = 500
    with pytest.raises(Refused, match=r"."):
        sms.gateway().send(PHONE, "1234")


def test_a_gateway_that_is_not_there_is_told_in_a_sentence(settings: Settings) -> None:
    settings.SMS_GATEWAY = "accounts.sms.HttpGateway"
    settings.SMS_URL, settings.SMS_TOKEN = "http://127.0.0.1:9/", "a-token"
    settings.NOTICES_ALLOW_LIST = [PHONE]
    with pytest.raises(Refused):
        sms.gateway().send(PHONE, "1234")


def test_without_a_guard_nothing_leaves(settings: Settings, carrier: type[_Carrier]) -> None:
    settings.SENDING_GUARD = "notices.gate.no_such_rule"
    with pytest.raises(ImportError):
        sms.gateway().send(PHONE, "1234")
    assert carrier.taken == []


def test_on_a_laptop_messages_go_to_a_file(settings: Settings, tmp_path: Path) -> None:
    settings.SMS_LOG = tmp_path / "sms.log"
    assert sms.gateway().send(PHONE, "Code 1234")
    assert settings.SMS_LOG.read_text() == f"{PHONE} Code 1234\n"


def test_production_writes_no_codes_to_files(settings: Settings, tmp_path: Path) -> None:
    settings.SMS_LOG = tmp_path / "sms.log"
    settings.IS_PRODUCTION = True
    with pytest.raises(ImproperlyConfigured):
        sms.gateway().send(PHONE, "Code 1234")
    assert not settings.SMS_LOG.exists()


def test_where_no_gateway_is_connected_it_says_so(settings: Settings) -> None:
    settings.SMS_GATEWAY = "accounts.sms.NoGateway"
    assert not sms.gateway().is_connected
    settings.NOTICES_ALLOW_LIST = [PHONE]
    with pytest.raises(Refused):
        sms.gateway().send(PHONE, "1234")


@pytest.mark.parametrize(
    ("says", "known_as"),
    [
        (b'{"id": "m-17"}', "m-17"),
        (b'{"message_id": 17}', "17"),
        (b'{"id": {"of": "what?"}}', ""),
        (b'["m-17"]', ""),
        (b"<html>", ""),
        (b"", ""),
    ],
)
def test_the_gateways_own_number_of_a_message_is_kept(
    settings: Settings, carrier: type[_Carrier], says: bytes, known_as: str
) -> None:
    settings.NOTICES_ALLOW_LIST = [PHONE]
    carrier.says = says
    assert sms.gateway().send(PHONE, "1234") == Taken(known_as)


def test_a_message_goes_under_its_key(settings: Settings, carrier: type[_Carrier]) -> None:
    settings.NOTICES_ALLOW_LIST = [PHONE]
    sms.gateway().send(PHONE, "1234", key="N-0000001.ab@portal.example")
    sms.gateway().send(PHONE, "1234")
    assert carrier.keys == ["N-0000001.ab@portal.example", None]


@pytest.mark.parametrize(
    ("status", "problem"),
    [
        (400, sms.NoSuchNumber),
        (404, sms.NoSuchNumber),
        (422, sms.NoSuchNumber),
        (401, sms.OutOfOrder),
        (503, sms.OutOfOrder),
        (429, sms.Busy),
        (409, sms.Busy),
        (500, sms.NotTaken),
    ],
)
def test_what_is_wrong_is_told_apart(
    settings: Settings, carrier: type[_Carrier], status: int, problem: type[sms.NotTaken]
) -> None:
    settings.NOTICES_ALLOW_LIST = [PHONE]
    carrier.status = status
    with pytest.raises(sms.NotTaken) as refusal:
        sms.gateway().send(PHONE, "1234")
    assert type(refusal.value) is problem
    assert str(status) in refusal.value.why


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [("7", 7), ("", 60), ("Wed, 21 Oct 2026 07:28:00 GMT", 60), ("99999999", 24 * 3600)],
)
def test_a_gateway_that_is_busy_says_for_how_long(
    settings: Settings, carrier: type[_Carrier], asked: str, seconds: float
) -> None:
    settings.NOTICES_ALLOW_LIST = [PHONE]
    carrier.status, carrier.headers_too = 429, {"Retry-After": asked}
    with pytest.raises(sms.Busy) as refusal:
        sms.gateway().send(PHONE, "1234")
    assert refusal.value.seconds == seconds
