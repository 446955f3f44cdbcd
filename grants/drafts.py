"""What an organisation does with the draft of an application: begin, save, budget, papers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.refusals import Refused
from grants.models import Application, ApplicationEvent, ApplicationPaper, BudgetLine, Lot
from grants.states import (
    INSTITUTIONAL,
    MAY_BE_CHANGED,
    ApplicationState,
    BudgetCategory,
    PaperKind,
)
from registry.calendar import ALMATY
from registry.models import ActivityArea, Organisation, Region, StoredFile

# What the form's answers are written into; regions beside them.
ANSWERS = (
    "language",
    "title",
    "summary",
    "problem",
    "goal",
    "activities",
    "results",
    "area",
    "starts_on",
    "ends_on",
)
MOST_LINES = 60
_TIYN = Decimal("0.01")
# numeric(15,2).
_MOST = Decimal("9999999999999.99")


@dataclass(frozen=True)
class Line:
    """A line of a budget as it is typed."""

    category: BudgetCategory
    name: str
    quantity: Decimal
    unit_price: Decimal

    @property
    def amount(self) -> Decimal:
        return (self.quantity * self.unit_price).quantize(_TIYN, ROUND_HALF_UP)


@transaction.atomic
def begin(lot: Lot, organisation: Organisation, *, by: User, at: datetime) -> Application:
    """The draft of an organisation for that lot, made if there is none.

    Eligibility is asked at the submission alone: one may write while one cures a reason. Refuses
    a call that takes no applications, and who does not act for the organisation. Safe to repeat,
    in two tabs too.
    """
    fresh = Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    refuse_unless_acting(fresh, by)
    draft = lot.applications.filter(organisation=fresh, state=ApplicationState.DRAFT).first()
    if draft:
        return draft
    if not lot.call.takes_at(at):
        raise Refused(_("This call takes no applications now."))
    made = Application.objects.create(
        lot=lot,
        organisation=fresh,
        # A guess that the form shows: most write as they read their letters.
        language="ru" if by.language == "ru" else "kk",
        started_by=by,
        started_at=at,
        saved_at=at,
    )
    ApplicationEvent.objects.create(application=made, to_state=made.state, by=by, at=at)
    return made


@transaction.atomic
def save(
    draft: Application,
    answers: Mapping[str, Any],
    *,
    revision: int,
    by: User,
    at: datetime,
    regions: Sequence[Region] | None = None,
) -> Application:
    """Write answers of a draft. `revision` is the one that the draft was read with.

    Refuses if it was saved elsewhere since with other answers, or is handed in: nothing is
    overwritten unseen. Safe to repeat: the same answers again change nothing, for one whose button
    was pressed while the page saved itself. Returns the draft fresh.
    """
    unknown = set(answers) - set(ANSWERS)
    if unknown:
        raise ValueError(f"Not answers of the form: {sorted(unknown)}")
    fresh = lock(draft, by=by)
    if fresh.revision != revision:
        if _holds(fresh, answers, regions):
            return fresh
        raise saved_elsewhere(fresh)
    for name, value in answers.items():
        setattr(fresh, name, value)
    _saved(fresh, at, [*answers])
    if regions is not None:
        fresh.regions.set(regions)
    return fresh


@transaction.atomic
def write_budget(
    draft: Application, lines: Sequence[Line], *, revision: int, by: User, at: datetime
) -> Application:
    """Write the whole budget of a draft; what is asked for is its sum.

    Refuses as `save` does, more lines than anybody reads, a line of nothing and sums beyond any
    budget. Returns the draft fresh.
    """
    if len(lines) > MOST_LINES:
        raise Refused(
            _("A budget has %(most)s lines at most. Put what belongs together into one.")
            % {"most": MOST_LINES}
        )
    fresh = lock(draft, by=by)
    if fresh.revision != revision:
        raise saved_elsewhere(fresh)
    amount = sum((line.amount for line in lines), Decimal(0))
    if any(line.amount <= 0 for line in lines):
        raise Refused(_("A line of the budget comes to nothing. Correct it, or leave it out."))
    if amount > _MOST or any(line.unit_price > _MOST for line in lines):
        raise Refused(_("The budget comes to more than any call has. Look at the prices."))
    fresh.lines.all().delete()
    BudgetLine.objects.bulk_create(
        BudgetLine(
            application=fresh,
            position=position,
            category=line.category,
            is_institutional=line.category in INSTITUTIONAL,
            name=line.name,
            quantity=line.quantity,
            unit_price=line.unit_price,
            amount=line.amount,
        )
        for position, line in enumerate(lines, 1)
    )
    fresh.amount = amount
    _saved(fresh, at, ["amount"])
    return fresh


@transaction.atomic
def attach(
    draft: Application, kind: PaperKind, stored: StoredFile, *, by: User, at: datetime
) -> ApplicationPaper:
    """Attach a kept file. Refuses when it is handed in or has as many papers as it may. Safe to
    repeat: the same content for the same kind is attached once."""
    fresh = lock(draft, by=by)
    same = fresh.papers.filter(kind=kind, file__sha256=stored.sha256).first()
    if same:
        return same
    if fresh.papers.count() >= settings.UPLOADS_AT_MOST:
        raise Refused(
            _("An application has %(most)s files at most. Put pages into one PDF.")
            % {"most": settings.UPLOADS_AT_MOST}
        )
    _saved(fresh, at, [])
    return ApplicationPaper.objects.create(application=fresh, kind=kind, file=stored, by=by, at=at)


@transaction.atomic
def detach(draft: Application, paper_id: int, *, by: User, at: datetime) -> bool:
    """Take a paper off a draft; True if it was there. Safe to repeat. The file itself goes with
    `remove_orphan_files`."""
    fresh = lock(draft, by=by)
    count, _rows = fresh.papers.filter(pk=paper_id).delete()
    if count:
        _saved(fresh, at, [])
    return count > 0


def refuse_unless_acting(organisation: Organisation, by: User) -> None:
    """Whoever only claims to act for it, or reads for it, does not write its applications."""
    if not organisation.representatives.filter(
        user=by, until_at__isnull=True, role__in=("manager", "editor")
    ).exists():
        raise Refused(
            _(
                "Only a manager or editor who acts for the organisation may do this. A claim that "
                "is not decided yet is not enough."
            )
        )


def lock(draft: Application, *, by: User) -> Application:
    """The fresh row under its lock, after its organisation's, for one who may change it now."""
    organisation = Organisation.objects.select_for_update(no_key=True).get(pk=draft.organisation_id)
    refuse_unless_acting(organisation, by)
    fresh = (
        Application.objects.select_related("lot__call__rule", "lot__call__mci")
        .select_for_update(of=("self",), no_key=True)
        .get(pk=draft.pk)
    )
    fresh.organisation = organisation
    if fresh.state not in MAY_BE_CHANGED:
        raise Refused(_("This application was handed in already. Open it to see its receipt."))
    return fresh


def areas() -> list[ActivityArea]:
    """The areas that grants may be given for (SSO Law, article 5)."""
    return [row for row in ActivityArea.objects.all() if "GRANT" in row.scope]


def saved_elsewhere(fresh: Application) -> Refused:
    return Refused(
        _(
            "This application was saved in another window at %(time)s. Open it again, compare, "
            "then save."
        )
        % {"time": date_format(fresh.saved_at.astimezone(ALMATY), "H:i")}
    )


def _holds(
    fresh: Application, answers: Mapping[str, Any], regions: Sequence[Region] | None
) -> bool:
    return all(getattr(fresh, name) == value for name, value in answers.items()) and (
        regions is None or {row.pk for row in regions} == {row.pk for row in fresh.regions.all()}
    )


def _saved(fresh: Application, at: datetime, fields: list[str]) -> None:
    fresh.revision += 1
    fresh.saved_at = at
    fresh.save(update_fields=[*fields, "revision", "saved_at"])
