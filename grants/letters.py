"""What notices say of a grant and of its reports: the variables of the templates.

They concern no campaign: `body` is who pays the grant, and every notice is of the first cycle. The
occasion of a report's notice holds the date by which it is due, so that a moved date gives others.
"""

from __future__ import annotations

from datetime import date

from grants.models import Award, Report
from notices.notice import Draft
from notices.states import Kind
from notices.variables import in_languages
from registry.calendar import end_of
from registry.money import tenge

_CYCLE = 1


def offered(award: Award) -> Draft:
    """That it was awarded, and by when it is to be accepted. Of no use after that day."""
    return Draft(
        organisation=award.organisation,
        source=award.source,
        cycle=_CYCLE,
        kind=Kind.GRANT_OFFERED,
        occasion=f"offered/{award.accept_by_on}",
        variables={
            **_of(award),
            **in_languages("amount", lambda: tenge(award.amount)),
            **in_languages("call", lambda: award.lot.call.name),
            "accept_by_on": award.accept_by_on.isoformat(),
        },
        useful_until_at=end_of(award.accept_by_on),
    )


def due(report: Report, *, step: str, of_use_until: date) -> Draft:
    """A reminder of a report before its day: `step` says how long before ("T-14")."""
    return _of_report(
        report, Kind.GRANT_REPORT_DUE, occasion(step, report.due_on), of_use_until=of_use_until
    )


def overdue(report: Report, *, step: str) -> Draft:
    return _of_report(report, Kind.GRANT_REPORT_OVERDUE, occasion(step, report.due_on))


def returned(report: Report) -> Draft:
    """That it was returned, with the operator's words and the new day."""
    # By its revision: it may be returned twice for the same day.
    return _of_report(
        report,
        Kind.GRANT_REPORT_RETURNED,
        f"returned/{report.revision}",
        {"report_words": report.review_words},
    )


def occasion(step: str, due_on: date) -> str:
    return f"{step}/{due_on:%Y-%m-%d}"


def _of_report(
    report: Report,
    kind: Kind,
    occasion: str,
    own: dict[str, str] | None = None,
    *,
    of_use_until: date | None = None,
) -> Draft:
    """The report comes with its award, and with that what `_of` reads."""
    return Draft(
        organisation=report.award.organisation,
        source=report.source,
        cycle=_CYCLE,
        kind=kind,
        occasion=occasion,
        variables={
            **_of(report.award),
            **in_languages("report", report.get_kind_display),
            "period_from_on": report.period_from_on.isoformat(),
            "period_until_on": report.period_until_on.isoformat(),
            "report_due_on": report.due_on.isoformat(),
            **(own or {}),
        },
        useful_until_at=end_of(of_use_until) if of_use_until else None,
    )


def _of(award: Award) -> dict[str, str]:
    """What every letter names: the grant, its project, and who pays it."""
    programme = award.lot.call.programme
    return {
        "body_kk": programme.funder_kk,
        "body_ru": programme.funder_ru,
        "body_en": programme.funder_en or programme.funder_ru,
        "award_number": award.number,
        "project": award.application.title,
    }
