"""Is a notice of a grant still true when staff send it again?"""

from __future__ import annotations

from datetime import date

import pytest
from django.conf import settings

from grants import letters, outdated
from grants.models import Award, Report
from notices import notice
from notices.models import Notice
from tests.factories.grants import AwardFactory, ReportFactory
from tests.factories.notices import NoticeFactory
from tests.grants.cycle import AT

pytestmark = pytest.mark.django_db


def made_of(row: Award | Report) -> Notice:
    draft = letters.offered(row) if isinstance(row, Award) else letters.overdue(row, step="T+1")
    (made,) = notice.register([draft], at=AT)
    return made


def test_staff_ask_it() -> None:
    assert "grants.outdated.why" in settings.NOTICE_OUTDATED


def test_an_offer_is_true_until_it_is_answered() -> None:
    assert outdated.why(made_of(AwardFactory.create(state="offered"))) == ""
    assert outdated.why(made_of(AwardFactory.create())) == "The grant is “agreement in force”."


def test_a_report_is_asked_for_until_it_is_handed_in() -> None:
    row = ReportFactory.create()
    told = made_of(row)
    assert outdated.why(told) == ""
    Report.objects.filter(pk=row.pk).update(due_on=date(2027, 3, 1))
    assert outdated.why(told) == "The report is due on another day now."
    Report.objects.filter(pk=row.pk).update(state="dropped")
    assert outdated.why(told) == "The report is “no longer asked for”."


def test_of_a_grant_that_has_ended_no_report_is_asked_for() -> None:
    row = ReportFactory.create(award=AwardFactory.create(state="terminated"))
    assert outdated.why(made_of(row)) == "The grant is “terminated”."


def test_what_is_about_no_grant_is_left_to_others() -> None:
    assert outdated.why(NoticeFactory.create(source="obligation:1")) == ""
