"""The database must fold Kazakh letters."""

import pytest
from django.core.checks import Tags, run_checks

from registry.checks import fault, folds_kazakh


@pytest.mark.django_db
def test_this_database_folds_kazakh_letters() -> None:
    assert folds_kazakh(databases=["default"]) == []


@pytest.mark.django_db
def test_a_database_that_does_not_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    # A collation in which case is known of ASCII only, as in a database with the plain C locale.
    monkeypatch.setattr("registry.checks.FOLDS", "SELECT lower('Қ' COLLATE \"C\") = 'қ'")
    assert folds_kazakh(databases=["default"]) == [fault("default")]


@pytest.mark.django_db
def test_djangos_check_of_the_database_asks_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("registry.checks.FOLDS", "SELECT false")
    assert fault("default") in run_checks(tags=[Tags.database], databases=["default"])


def test_without_a_database_nothing_is_asked() -> None:
    assert folds_kazakh(databases=None) == []
