"""Is a notice of a grant still true, so that it may be sent again? (setting NOTICE_OUTDATED)"""

from __future__ import annotations

from django.utils.translation import gettext as _

from grants import money
from grants.models import Award, Report
from grants.states import IN_FORCE, REPORT_WAITS, AwardState
from notices.models import Notice
from notices.states import POINTLESS_ONCE_REPORTED, Kind


def why(notice: Notice) -> str:
    """Why the notice may not be sent again, in a sentence; empty: it may.

    Reads the award under its locks, which a report that is handed in takes too: whoever comes
    second sees what the first did.
    """
    named, _sign, key = notice.source.partition(":")
    if named == "award" and notice.kind == Kind.GRANT_OFFERED:
        return _of_the_award(Award.objects.get(pk=key))
    if named == "report" and notice.kind in POINTLESS_ONCE_REPORTED:
        return _of_the_report(Report.objects.select_related("award").get(pk=key), notice)
    return ""


def _of_the_award(award: Award) -> str:
    _organisation, _lot, fresh = money.lock(award)
    return "" if fresh.state == AwardState.OFFERED else _of_the_state(fresh)


def _of_the_report(report: Report, notice: Notice) -> str:
    _organisation, _lot, award = money.lock(report.award)
    report.refresh_from_db()
    if award.state not in IN_FORCE:
        return _of_the_state(award)
    if report.state not in REPORT_WAITS:
        return _("The report is “%(state)s”.") % {"state": report.get_state_display()}
    names_its_day = notice.occasion.endswith(f"/{report.due_on:%Y-%m-%d}")
    if notice.kind != Kind.GRANT_REPORT_RETURNED and not names_its_day:
        return _("The report is due on another day now.")
    return ""


def _of_the_state(award: Award) -> str:
    return _("The grant is “%(state)s”.") % {"state": award.get_state_display()}
