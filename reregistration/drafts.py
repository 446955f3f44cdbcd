"""What a person does with a draft, section by section: choose what it answers, save a section."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.refusals import Refused
from registry.calendar import ALMATY
from reregistration import prefill
from reregistration.models import Filing
from reregistration.sections import saves
from reregistration.sections.columns import answers_of
from reregistration.sections.section import Section, answers_in
from reregistration.sections.sheet import Entry
from reregistration.states import FilingKind, FilingState

_FIGURES = ("employees", "volunteers")


class SavedElsewhere(Refused):
    """The section was saved since it was opened; `saved` is the draft as it stands now."""

    def __init__(self, saved: Filing, section: Section) -> None:
        last = saves.last(saved, section.code)
        at = datetime.fromisoformat(last.at) if last.at else saved.saved_at
        by = User.objects.filter(pk=last.by).first() if last.by else None
        super().__init__(
            _("%(person)s saved this section in another window at %(time)s.")
            % {"person": by or "—", "time": date_format(at.astimezone(ALMATY), "H:i")}
        )
        self.saved = saved
        self.revision = last.revision


@transaction.atomic
def choose(draft: Filing, *, kind: FilingKind, is_short: bool, by: User, at: datetime) -> Filing:
    """Say what a draft answers, and which form. Answers of another kind stay until submission.

    Refuses a submitted filing, and “nothing has changed” where too little is known or the
    organisation is not small. Safe to repeat.
    """
    filing = _lock(draft)
    if kind == FilingKind.UNCHANGED and filing.kind != kind and filing.claim_id is None:
        # What is confirmed is what the register holds, not what was typed meanwhile.
        for name, value in prefill.held(filing.obligation.organisation).items():
            if name not in _FIGURES:
                setattr(filing, name, value)
    filing.kind, filing.is_short = kind, is_short
    if kind == FilingKind.UNCHANGED:
        prefill.refuse_unless_unchanged(filing)
    filing.revision, filing.saved_at, filing.saved_by = filing.revision + 1, at, by
    filing.save(
        update_fields=["kind", "is_short", "revision", "saved_at", "saved_by", *answers_of(filing)]
    )
    return filing


@transaction.atomic
def save_section(
    draft: Filing,
    section: Section,
    entry: Entry,
    *,
    revision: int,
    by: User,
    at: datetime,
    tab: str = "",
) -> Filing:
    """Write what a section's page states. `revision` is the section's, as the page was opened.

    Refuses a submitted filing; and, as SavedElsewhere, a section that was saved since from
    another page with other answers. Sections do not hinder each other. Safe to repeat: the same
    answers again, and the same page again after its answer was lost, change nothing more.
    """
    filing = _lock(draft)
    merged = {**answers_in(filing, section.code), **entry.details}
    columns = {**entry.columns, **section.computed(merged)}
    is_same = merged == answers_in(filing, section.code) and all(
        getattr(filing, name) == value for name, value in columns.items()
    )
    if is_same:
        return filing
    last = saves.last(filing, section.code)
    is_own = bool(tab) and last.tab == tab
    if last.revision != revision and not is_own:
        raise SavedElsewhere(filing, section)
    for name, value in columns.items():
        setattr(filing, name, value)
    filing.details = {**filing.details, section.code: merged}
    saves.note(filing, section.code, by=by, at=at, tab=tab)
    filing.revision, filing.saved_at, filing.saved_by = filing.revision + 1, at, by
    filing.save(
        update_fields=[
            *columns,
            "details",
            "section_revisions",
            "revision",
            "saved_at",
            "saved_by",
        ]
    )
    return filing


def _lock(draft: Filing) -> Filing:
    filing: Filing = (
        Filing.objects.select_for_update(of=("self",), no_key=True)
        .select_related("obligation__campaign", "obligation__organisation")
        .get(pk=draft.pk)
    )
    if filing.state != FilingState.DRAFT:
        raise Refused(_("This filing was submitted already. Open it to see its receipt."))
    return filing
