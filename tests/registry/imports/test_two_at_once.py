from __future__ import annotations

from pathlib import Path
from threading import Thread

import pytest
from django.db import connection, transaction

from accounts.refusals import Refused
from registry.imports import extract
from registry.models import Organisation
from tests.factories.extracts import import_rows, row


def test_a_second_import_at_the_same_time_is_refused(real_commits: None, tmp_path: Path) -> None:
    refusals: list[Refused] = []

    def import_meanwhile() -> None:
        try:
            import_rows(tmp_path, row())
        except Refused as refusal:
            refusals.append(refusal)
        finally:
            connection.close()

    with transaction.atomic():
        extract.lock_out_others(commit=False)
        other = Thread(target=import_meanwhile)
        other.start()
        other.join(timeout=20)
    assert len(refusals) == 1
    assert not Organisation.objects.exists()


def test_an_import_is_free_again_after_one_that_failed(real_commits: None, tmp_path: Path) -> None:
    with pytest.raises(Refused):
        import_rows(tmp_path)
    assert import_rows(tmp_path, row()).new == 1
