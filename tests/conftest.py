"""What every test may use: people of a named cast, a fixed moment, commits that are real."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.db.backends.base.creation import TEST_DATABASE_PREFIX
from django.test.utils import setup_databases, teardown_databases
from django.utils import translation
from pytest_django import DjangoDbBlocker

from accounts.models import User
from notices.models import NoticeTemplate
from registry.calendar import ALMATY
from registry.models import ActivityArea, LegalForm, LegalFormAlias, Place, Region
from tests import databases, gunicorn
from tests.clients import Browser
from tests.factories.accounts import UserFactory

# The code lists are loaded by migrations and never changed by a test.
_CODE_LISTS = (ActivityArea, LegalForm, LegalFormAlias, Place, Region)


@pytest.fixture(autouse=True)
def uncounted() -> None:
    """No test is refused for the visits that another one made."""
    cache.clear()


@pytest.fixture
def client() -> Browser:
    """A browser; staff signed in by force have proven a second factor."""
    return Browser()


@pytest.fixture
def at() -> datetime:
    """A working day's noon, far from holidays and protected days."""
    return datetime(2026, 9, 15, 12, 0, tzinfo=ALMATY)


@pytest.fixture
def alice(db: None) -> User:
    """Alice represents an organisation. She signed up by e-mail, and is known by it alone."""
    return UserFactory.create(email="alice@ngo.example", first_name="", last_name="")


@pytest.fixture
def charlie(db: None) -> User:
    """Charlie is a stranger."""
    return UserFactory.create(email="charlie@stranger.example")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings: None,
    django_db_blocker: DjangoDbBlocker,
    django_db_keepdb: bool,
    django_db_createdb: bool,
) -> None:
    """A fresh test database is a copy; one that is kept (--reuse-db) is not made at all."""
    if not django_db_keepdb or django_db_createdb:
        with django_db_blocker.unblock():
            connection.settings_dict["TEST"]["TEMPLATE"] = databases.original()


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    django_db_keepdb: bool,
    django_db_createdb: bool,
) -> Iterator[None]:
    """A test database also for a run in which every test asks for `real_commits` alone.

    pytest-django makes one only for tests that ask for `db`; without this such a run would meet
    the real database, and empty it.
    """
    if _is_test_database():
        yield
        return
    with django_db_blocker.unblock():
        made = setup_databases(
            verbosity=0,
            interactive=False,
            keepdb=django_db_keepdb and not django_db_createdb,
            aliases={"default": None},
        )
    yield
    if not django_db_keepdb:
        with django_db_blocker.unblock():
            teardown_databases(made, verbosity=0)


@pytest.fixture
def real_commits(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """For tests with several connections: what they write is committed, and emptied after.

    The one place that passes by the append-only triggers, in a test database alone.
    """
    with committed(django_db_blocker):
        yield


@contextmanager
def committed(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Let what is written be committed, and empty it in the end."""
    with django_db_blocker.unblock():
        # The wordings name who approved them, so they are emptied with the people and put back.
        wordings = list(NoticeTemplate.objects.all())
        try:
            yield
        finally:
            _empty_all_but_code_lists()
            NoticeTemplate.objects.bulk_create(wordings)
            connection.close()


@pytest.fixture(scope="session")
def collected_static(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that pages load, collected and compressed as for a server. Takes seconds."""
    folder: Path = tmp_path_factory.mktemp("static")
    gunicorn.collect(folder)
    return folder


def _is_test_database() -> bool:
    return str(connection.settings_dict["NAME"]).startswith(TEST_DATABASE_PREFIX)


def _empty_all_but_code_lists() -> None:
    assert _is_test_database(), "only a test database is ever emptied"
    kept = {model._meta.db_table for model in _CODE_LISTS} | {
        "django_migrations",
        "django_content_type",
        "auth_permission",
        "reregistration_returnreason",
        "reregistration_declaration",
        "reregistration_legalground",
        "reregistration_groundevidence",
        "grants_mci",
        "grants_grantrule",
    }
    tables = [table for table in connection.introspection.table_names() if table not in kept]
    asked = [f"SELECT '{one}' WHERE EXISTS (SELECT FROM {one})" for one in tables]  # noqa: S608
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(asked))
        filled = [name for (name,) in cursor.fetchall()]
        # As a replica does: no trigger refuses it, and no foreign key asks for an order. To
        # truncate all tables, most of them empty, took half a second a test.
        cursor.execute("SET LOCAL session_replication_role = replica")
        for table in filled:
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608


@pytest.fixture
def in_english() -> Iterator[None]:
    """Refusals are read as they are written in the code, whatever is translated."""
    with translation.override("en"):
        yield
