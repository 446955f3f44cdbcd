"""Filings on paper, at every step of their way, made by the verbs themselves."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from accounts.models import User
from accounts.roles import Role
from registry.calendar import ALMATY
from registry.models import StoredFile
from reregistration import paper
from reregistration.models import Filing, Obligation, PaperFiling
from reregistration.sections.sheet import Entry
from reregistration.sections.table import sections_of
from tests.factories.accounts import staff_member
from tests.factories.files import StoredFileFactory
from tests.factories.reregistration import FilingFactory, ObligationFactory

RECEIVED_AT = datetime(2026, 9, 15, 12, tzinfo=ALMATY)
RECEIVED_ON = date(2026, 9, 15)


def clerk(**fields: Any) -> User:
    return staff_member(Role.FRONT_DESK, **fields)


def scan(**fields: Any) -> StoredFile:
    """A scan of its own: the same one twice is one paper filing."""
    made = StoredFileFactory.create(name="paper.pdf", **fields)
    made.sha256 = f"{made.pk:064x}"
    made.save()
    return made


def received(
    obligation: Obligation | None = None, *, by: User | None = None, **fields: Any
) -> PaperFiling:
    """Logged on 15 September 2026, handed in."""
    return paper.receive(
        obligation or ObligationFactory.create(),
        **{
            "scan": fields.pop("scan", None) or scan(),
            "received_on": RECEIVED_ON,
            "at": RECEIVED_AT,
            "by": by or clerk(),
            **fields,
        },
    )


def type_in(row: PaperFiling, *, by: User, at: datetime = RECEIVED_AT) -> None:
    """All sections of the form, saying what the organisation's factory says."""
    said = FilingFactory.build(obligation=row.obligation)
    told = {
        "income": Decimal("1200000.00"),
        "spending": Decimal("1100000.00"),
    }
    for section in sections_of(row.filing):
        columns = {name: told.get(name, getattr(said, name)) for name in section.columns}
        paper.save_section(row, section, Entry(columns, {}), revision=0, by=by, at=at)


def typed(
    obligation: Obligation | None = None,
    *,
    by: User | None = None,
    typist: User | None = None,
    **fields: Any,
) -> PaperFiling:
    """Typed in whole, and waiting for a second person."""
    row = received(obligation, by=by, **fields)
    typist = typist or row.received_by
    type_in(row, by=typist, at=row.received_at)
    return paper.finish(row, by=typist, at=row.received_at)


def confirm(row: PaperFiling, *, by: User | None = None, at: datetime | None = None) -> Filing:
    revision = Filing.objects.get(paper=row).revision
    return paper.confirm(row, revision=revision, by=by or clerk(), at=at or row.received_at)


def confirmed(obligation: Obligation | None = None, **fields: Any) -> PaperFiling:
    """Confirmed by a second clerk, and under review."""
    row = typed(obligation, **fields)
    confirm(row)
    return PaperFiling.objects.get(pk=row.pk)
