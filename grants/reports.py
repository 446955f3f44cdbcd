"""Reports on a grant: asked for, handed in by the organisation, accepted or returned."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.db.models import Max, Sum
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.refusals import Refused
from grants import drafts, letters, money
from grants.models import Award, Report, ReportLine, ReportPaper
from grants.states import (
    IN_FORCE,
    REPORT_ALLOWED,
    AwardEventKind,
    ReportKind,
    ReportState,
)
from notices import dispatch, notice
from notices.states import POINTLESS_ONCE_REPORTED
from registry import access
from registry.calendar import add_working_days, day_of
from registry.models import DayOverride, StoredFile
from registry.money import tenge

CORRECT_WORKING_DAYS = 5


@transaction.atomic
def ask(
    award: Award, *, from_on: date, until_on: date, due_on: date, by: User, at: datetime
) -> Report:
    """Ask for an interim report on a part of the project's time. Safe to repeat."""
    organisation, _lot, fresh = money.lock(award)
    access.refuse_the_partial(organisation, by, at)
    if fresh.state not in IN_FORCE:
        raise Refused(_("Reports are asked for while the agreement is in force."))
    asked = fresh.reports.filter(
        kind=ReportKind.INTERIM, period_from_on=from_on, period_until_on=until_on
    ).first()
    if asked:
        return asked
    if not fresh.starts_on <= from_on <= until_on <= fresh.ends_on:
        raise Refused(_("The period lies within the project's time."))
    if due_on <= until_on or due_on < day_of(at):
        raise Refused(_("The report is due after its period has ended, on a day to come."))
    last = fresh.reports.aggregate(last=Max("position"))["last"] or 0
    made = Report.objects.create(
        award=fresh,
        position=last + 1,
        kind=ReportKind.INTERIM,
        period_from_on=from_on,
        period_until_on=until_on,
        due_on=due_on,
    )
    money.record(fresh, AwardEventKind.ASKED, fresh.state, reference=made.source, by=by, at=at)
    return made


@transaction.atomic
def submit(
    report: Report,
    *,
    text: str,
    results: str,
    spent: Mapping[int, Decimal],
    papers: Sequence[StoredFile] = (),
    by: User,
    at: datetime,
) -> Report:
    """Hand in a report: what was done, what has changed, what was spent on each line (its id).

    Taken late as well as in time. Refuses missing words, a line of another budget, and more than
    was paid, all interim reports together. Safe to repeat: a second click gets what the first one
    handed in.
    """
    organisation, _lot, award = money.lock(report.award)
    drafts.refuse_unless_acting(organisation, by)
    fresh = _lock(report, award)
    if fresh.state in (ReportState.SUBMITTED, ReportState.ACCEPTED):
        return fresh
    if not text.strip() or not results.strip():
        raise Refused(_("Say what was done, and what has changed."))
    refuse_too_many(fresh, len(papers))
    lines = set(award.application.lines.values_list("pk", flat=True))
    if not set(spent) <= lines or any(amount < 0 for amount in spent.values()):
        raise Refused(_("A line is not of this budget. Open the page again."))
    total = sum(spent.values(), Decimal(0))
    if total > award.paid:
        raise Refused(
            _("%(sum)s were spent, but %(paid)s were paid. Correct the lines.")
            % {"sum": tenge(total), "paid": tenge(award.paid)}
        )
    _refuse_the_same_money_twice(fresh, total)
    fresh.lines.all().delete()
    ReportLine.objects.bulk_create(
        ReportLine(report=fresh, budget_line_id=line, spent=amount)
        for line, amount in sorted(spent.items())
    )
    ReportPaper.objects.bulk_create(
        ReportPaper(report=fresh, file=file, by=by, at=at) for file in papers
    )
    fresh.text, fresh.results, fresh.spent = text.strip(), results.strip(), total
    fresh.submitted_at, fresh.submitted_by = at, by
    fresh.sha256 = hashlib.sha256(frozen(fresh)).hexdigest()
    _move(fresh, ReportState.SUBMITTED)
    _record(fresh, award, AwardEventKind.REPORTED, "", by=by, at=at)
    dispatch.withdraw_all(
        [fresh.source], at=at, reason=_("The report is handed in."), kinds=POINTLESS_ONCE_REPORTED
    )
    return fresh


@transaction.atomic
def accept(report: Report, *, words: str = "", by: User, at: datetime) -> Report:
    """The operator accepts a report. Safe to repeat."""
    return _review(report, ReportState.ACCEPTED, words.strip(), by=by, at=at)


@transaction.atomic
def send_back(report: Report, *, words: str, by: User, at: datetime) -> Report:
    """The operator returns a report for correction, with words, and the organisation is told by
    when. Safe to repeat."""
    if not words.strip():
        raise Refused(_("Say in words what is wrong: the organisation reads it."))
    return _review(report, ReportState.RETURNED, words.strip(), by=by, at=at)


def refuse_too_many(report: Report, files: int) -> None:
    """Asked before files are stored, too: each is scanned and kept."""
    if report.papers.count() + files > settings.UPLOADS_AT_MOST:
        raise Refused(
            _("A report has %(most)s files at most. Put pages into one PDF.")
            % {"most": settings.UPLOADS_AT_MOST}
        )


def _refuse_the_same_money_twice(report: Report, total: Decimal) -> None:
    """Interim reports are on parts of the time, and together on no more than was paid; the final
    one is on all of it."""
    if report.kind != ReportKind.INTERIM:
        return
    others = report.award.reports.filter(kind=ReportKind.INTERIM).exclude(pk=report.pk)
    told = others.exclude(state=ReportState.RETURNED).aggregate(all=Sum("spent"))["all"] or 0
    if told + total > report.award.paid:
        raise Refused(
            _(
                "With your other interim reports %(sum)s were spent, but %(paid)s were paid. "
                "Write what was spent in this period alone."
            )
            % {"sum": tenge(told + total), "paid": tenge(report.award.paid)}
        )


def frozen(report: Report) -> bytes:
    """What was handed in, as canonical JSON in UTF-8: what is hashed."""
    moment = report.submitted_at
    said = {
        "award": report.award.number,
        "report": report.position,
        "submitted_at": moment.astimezone(UTC).isoformat() if moment else None,
        "text": report.text,
        "results": report.results,
        "spent": [
            [row.budget_line.position, f"{row.spent:.2f}"]
            for row in report.lines.select_related("budget_line")
        ],
        "papers": [
            [row.file.name, row.file.sha256] for row in report.papers.select_related("file")
        ],
    }
    return json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def _review(report: Report, to: ReportState, words: str, *, by: User, at: datetime) -> Report:
    organisation, _lot, award = money.lock(report.award)
    access.refuse_the_partial(organisation, by, at)
    fresh = _lock(report, award)
    if fresh.state == to:
        return fresh
    fresh.reviewed_at, fresh.reviewed_by, fresh.review_words = at, by, words
    if to == ReportState.RETURNED:
        overrides = DayOverride.objects.as_overrides()
        corrected_by = add_working_days(day_of(at), CORRECT_WORKING_DAYS, overrides)
        # Who handed in early keeps the days that they had.
        fresh.due_on = max(fresh.due_on, corrected_by)
    _move(fresh, to)
    kinds = {
        ReportState.ACCEPTED: AwardEventKind.REPORT_ACCEPTED,
        ReportState.RETURNED: AwardEventKind.REPORT_RETURNED,
    }
    _record(fresh, award, kinds[to], words, by=by, at=at)
    if to == ReportState.RETURNED:
        notice.register([letters.returned(fresh)], at=at)
    return fresh


def _move(report: Report, to: ReportState) -> None:
    if to not in REPORT_ALLOWED[report.state]:
        raise Refused(
            _("The report is “%(state)s”. It cannot become “%(to)s” now.")
            % {"state": report.get_state_display(), "to": to.label}
        )
    report.state = to
    report.revision += 1
    report.save()


def _lock(report: Report, award: Award) -> Report:
    fresh = Report.objects.select_for_update(no_key=True).get(pk=report.pk)
    fresh.award = award
    return fresh


def _record(
    report: Report, award: Award, kind: AwardEventKind, reason: str, *, by: User, at: datetime
) -> None:
    money.record(
        award,
        kind,
        award.state,
        amount=report.spent,
        reference=report.source,
        reason=reason,
        by=by,
        at=at,
    )
