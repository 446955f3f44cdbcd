"""The e-mail of a notice carries the file that the settings name, and goes out without it too."""

from __future__ import annotations

import logging

import pytest
from pytest_django import Settings

from notices import emails
from notices.documents import Attached
from notices.models import Notice
from notices.states import Kind
from tests.factories.notices import DispatchFactory

pytestmark = pytest.mark.django_db

HERE = "tests.notices.documents.test_attachments"


def a_file(notice: Notice) -> Attached:
    return Attached(f"{notice.number}.pdf", b"%PDF-", "application/pdf")


def a_failure(notice: Notice) -> Attached:
    raise LookupError(notice.number)


def test_the_file_of_its_kind_goes_with_it(settings: Settings) -> None:
    settings.NOTICE_ATTACHMENTS = {"reminder": f"{HERE}.a_file"}
    dispatch = DispatchFactory.create()
    _code, file = emails.compose(dispatch).attachments
    assert tuple(file) == (f"{dispatch.notice.number}.pdf", b"%PDF-", "application/pdf")


def test_another_kind_has_none(settings: Settings) -> None:
    settings.NOTICE_ATTACHMENTS = {"reminder": f"{HERE}.a_file"}
    assert len(emails.compose(DispatchFactory.create(notice__kind=Kind.OVERDUE)).attachments) == 1


@pytest.mark.parametrize("path", [f"{HERE}.a_failure", f"{HERE}.not_there", "no.such.module.x"])
def test_a_file_that_cannot_be_made_holds_no_letter_back(
    path: str, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.NOTICE_ATTACHMENTS = {"reminder": path}
    dispatch = DispatchFactory.create()
    with caplog.at_level(logging.ERROR):
        message = emails.compose(dispatch)
    assert message.body == dispatch.notice.text.body
    # The code that confirms it, and no file.
    assert len(message.attachments) == 1
    assert dispatch.notice.number in caplog.text
