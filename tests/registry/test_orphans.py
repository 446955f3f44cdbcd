from __future__ import annotations

from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.utils import timezone

from registry import orphans
from registry.models import StoredFile
from registry.uploads import uploads_storage
from tests.factories.files import StoredFileFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def later() -> datetime:
    """Two days from now: a storage dates its files by the clock."""
    return timezone.now() + timedelta(days=2)


def test_rows_that_nothing_refers_to_go_with_their_files(later: datetime) -> None:
    stored = StoredFileFactory.create()
    assert orphans.remove(at=later, commit=True).rows == 1
    assert not StoredFile.objects.exists()
    assert not uploads_storage().exists(stored.path)


def test_files_without_a_row_go(later: datetime) -> None:
    path = f"ff/{'f' * 32}"
    uploads_storage().save(path, ContentFile(b"x"))
    orphans.remove(at=later, commit=True)
    assert not uploads_storage().exists(path)


def test_young_ones_stay() -> None:
    now = timezone.now()
    stored = StoredFileFactory.create(uploaded_at=now - timedelta(hours=23))
    uploads_storage().save(f"fe/{'e' * 32}", ContentFile(b"x"))
    orphans.remove(at=now, commit=True)
    assert StoredFile.objects.filter(pk=stored.pk).exists()
    assert uploads_storage().exists(f"fe/{'e' * 32}")


def test_without_commit_it_only_counts(later: datetime) -> None:
    stored = StoredFileFactory.create()
    out = StringIO()
    StoredFile.objects.update(uploaded_at=timezone.now() - timedelta(days=3))
    call_command("remove_orphan_files", stdout=out)
    assert "Nothing was removed" in out.getvalue()
    assert " 1\n" in out.getvalue()
    assert uploads_storage().exists(stored.path)


def test_a_second_run_finds_nothing(later: datetime) -> None:
    StoredFileFactory.create()
    orphans.remove(at=later, commit=True)
    second = orphans.remove(at=later, commit=True)
    assert (second.rows, second.files) == (0, 0)
