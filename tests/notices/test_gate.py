from __future__ import annotations

import pytest
from pytest_django import Settings

from notices import gate


@pytest.mark.parametrize(
    ("is_production", "is_released"), [(False, False), (False, True), (True, False)]
)
def test_a_stranger_is_reached_only_from_released_production(
    settings: Settings, is_production: bool, is_released: bool
) -> None:
    settings.IS_PRODUCTION, settings.NOTICES_RELEASED = is_production, is_released
    assert not gate.may_leave("stranger@ngo.kz")


def test_released_production_reaches_everybody(production: None) -> None:
    assert gate.may_leave("stranger@ngo.kz")


@pytest.mark.parametrize(
    ("address", "passes"),
    [
        ("tester@ministry.example", True),
        ("Tester <TESTER@ministry.example>", True),
        ("anyone@portal.example", True),
        ("anyone@sub.portal.example", False),
        ("other@ministry.example", False),
        ("anyone@evilportal.example", False),
        ("stranger@ngo.kz, anyone@portal.example", False),
        ("", False),
    ],
)
def test_the_allow_list_holds_whole_addresses_and_domains(
    settings: Settings, address: str, passes: bool
) -> None:
    settings.NOTICES_ALLOW_LIST = ["tester@ministry.example", "@portal.example"]
    assert gate.may_leave(address) is passes


def test_an_unreleased_production_waits(settings: Settings) -> None:
    settings.IS_PRODUCTION = True
    assert gate.waits_for_release()


def test_a_test_installation_does_not_wait() -> None:
    assert not gate.waits_for_release()
