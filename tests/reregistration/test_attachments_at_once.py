"""Two clicks on one paper."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from reregistration import attachments
from reregistration.states import AttachmentKind
from tests.concurrency import together
from tests.factories.accounts import UserFactory
from tests.factories.files import StoredFileFactory
from tests.factories.reregistration import FilingFactory

CHARTER = AttachmentKind.CHARTER


def test_two_clicks_at_once_attach_one_paper(real_commits: None, at: datetime) -> None:
    draft = FilingFactory.create()
    by, stored = UserFactory.create(), StoredFileFactory.create()
    rows = together(
        *[partial(attachments.attach, draft, CHARTER, stored, by=by, at=at) for _ in range(2)]
    )
    assert rows[0] == rows[1]
    assert draft.attachments.count() == 1


def test_two_reasons_at_once_are_one(real_commits: None, at: datetime) -> None:
    draft, by = FilingFactory.create(), UserFactory.create()
    together(
        *[
            partial(attachments.say_why_not, draft, CHARTER, reason, by=by, at=at)
            for reason in ("Lost.", "Burnt.")
        ]
    )
    assert draft.attachments.count() == 1
