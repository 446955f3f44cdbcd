"""Which uploads does nothing refer to any more, and their removal.

A day old at least: a younger one may belong to a transaction that has not ended.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.core.files.storage import Storage
from django.db import IntegrityError, transaction
from django.db.models import Exists, ForeignKey, OuterRef, ProtectedError, QuerySet, RestrictedError

from registry.models.files import StoredFile
from registry.uploads import uploads_storage

YOUNGEST = timedelta(days=1)
_BATCH = 500


@dataclass(slots=True)
class Counts:
    """What was found. Bytes are those of files that have, or had, a row."""

    rows: int = 0
    files: int = 0
    size: int = 0


def remove(*, at: datetime, commit: bool) -> Counts:
    """Remove rows that nothing refers to with their files, then files without a row. Without
    `commit` only counts. Safe to repeat, and after a crash: the row goes first, and a file
    without its row is found the next time."""
    counts = Counts()
    storage = uploads_storage()
    for stored in list(unused(at - YOUNGEST)):
        counts.rows += 1
        counts.size += stored.size
        if commit and _delete_row(stored):
            storage.delete(stored.path)
    for path in list(_without_row(storage, at - YOUNGEST)):
        counts.files += 1
        if commit:
            storage.delete(path)
    return counts


def unused(before: datetime) -> QuerySet[StoredFile]:
    """Files to which no row of any table refers."""
    rows = StoredFile.objects.filter(uploaded_at__lt=before)
    for field in _keys_to_files():
        users = field.model._default_manager.filter(**{field.name: OuterRef("pk")})
        rows = rows.exclude(Exists(users))
    return rows


def _keys_to_files() -> list[ForeignKey[Any, Any]]:
    fields = (field for model in apps.get_models() for field in model._meta.get_fields())
    return [
        field
        for field in fields
        if isinstance(field, ForeignKey) and field.related_model is StoredFile
    ]


def _delete_row(stored: StoredFile) -> bool:
    try:
        with transaction.atomic():
            stored.delete()
    except (IntegrityError, ProtectedError, RestrictedError):
        return False  # used since it was read
    return True


def _without_row(storage: Storage, before: datetime) -> Iterator[str]:
    folders = storage.listdir("")[0] if storage.exists("") else []
    for folder in folders:
        keys = list(storage.listdir(folder)[1])
        for start in range(0, len(keys), _BATCH):
            some = keys[start : start + _BATCH]
            held = set(StoredFile.objects.filter(key__in=some).values_list("key", flat=True))
            for key in some:
                path = f"{folder}/{key}"
                if key not in held and storage.get_modified_time(path) < before:
                    yield path
