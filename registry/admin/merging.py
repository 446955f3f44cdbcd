"""Merging two entries of one organisation, and its successor: asked beside a preview."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django import forms
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from accounts import access
from accounts.admin_verbs import Verb
from accounts.models import User
from accounts.refusals import Refused
from registry import merging
from registry.calendar import day_of
from registry.models import Organisation, PersonalValue, RegisterEntry
from registry.states import EntryKind

MERGE = "registry.merge_organisation"


class GroundForm(forms.Form):
    ground = forms.CharField(
        label=gettext_lazy("Ground of the decision"),
        help_text=gettext_lazy("It is kept, and shown to an auditor and a court."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )


class OtherForm(GroundForm):
    """Which other organisation, by its BIN or register number."""

    other = forms.CharField(
        label=gettext_lazy("BIN or register number of the other organisation"),
        max_length=20,
        widget=UnfoldAdminTextInputWidget(),
    )
    field_order = ("other", "ground")

    def clean_other(self) -> Organisation:
        found = numbered(self.cleaned_data["other"])
        if found is None:
            raise forms.ValidationError(_("No organisation has this BIN or register number."))
        return found


class MergeForm(OtherForm):
    """The other one is chosen first; the ground is asked beside the preview."""

    def __init__(self, row: Organisation, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.row = row
        if self.chosen is None:
            del self.fields["ground"]
        else:
            self.fields["other"].widget = forms.HiddenInput()
            self.fields["other"].label = ""

    @cached_property
    def chosen(self) -> Organisation | None:
        """The one that was chosen, be it by the address or by the form."""
        typed = self.data.get("other") if self.is_bound else self.initial.get("other")
        return numbered(typed) if typed else None

    @property
    def obstacles(self) -> list[str]:
        return merging.obstacles(self.row, self.chosen) if self.chosen else []

    @property
    def sides(self) -> list[tuple[str, str, str]]:
        """What the register says of each: of the one to be merged, of the one that stays."""
        return _beside(self.row, self.chosen) if self.chosen else []


class Merge(Verb):
    name = "merge"
    label = gettext_lazy("Merge into another…")
    permission = MERGE
    template = "admin/registry/merge.html"
    is_grave = True
    explanation = gettext_lazy(
        "For one organisation that was entered twice. This entry is no longer listed, leads to "
        "the other one, and no campaign asks it for anything. Nothing else moves: contacts, "
        "people and history stay where they are. It can be undone."
    )

    def suits(self, row: Organisation) -> bool:
        return row.merged_into_id is None

    def form(self, row: Organisation, **kwargs: Any) -> forms.Form:
        kwargs.pop("files", None)
        return MergeForm(row, **kwargs)

    def empty_form(self, row: Organisation, asked: Mapping[str, Any]) -> forms.Form:
        return self.form(row, initial={"other": asked.get("other", "")})

    def run(self, row: Organisation, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        other = answers["other"]
        if "ground" not in answers:
            raise Refused(_("Choose the other organisation first, and look at the preview."))
        check_region(other, by=by, on=day_of(at))
        merging.merge(row, other, ground=answers["ground"], by=by, at=at)
        return _("%(number)s is merged into %(into)s.") % {
            "number": row.number,
            "into": other.number,
        }


class UndoMerge(Verb):
    name = "undo-merge"
    label = gettext_lazy("Undo the merging…")
    permission = MERGE
    form_class = GroundForm
    is_grave = True
    explanation = gettext_lazy(
        "The organisation is listed again, as it stood. An obligation that was released because "
        "of the merging stays released."
    )

    def suits(self, row: Organisation) -> bool:
        return row.merged_into_id is not None

    def context(self, row: Organisation, *, on: date) -> dict[str, Any]:
        return {"facts": [(_("merged into"), row.merged_into), *_recorded(row, EntryKind.MERGED)]}

    def run(self, row: Organisation, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        if row.merged_into is None:
            raise Refused(_("This organisation is merged into none now. Reload the page."))
        check_region(row.merged_into, by=by, on=day_of(at))
        merging.undo(row, row.merged_into, ground=answers["ground"], by=by, at=at)
        return _("The merging of %(number)s is undone.") % {"number": row.number}


class RecordSuccessor(Verb):
    name = "successor"
    label = gettext_lazy("Record the successor…")
    permission = MERGE
    form_class = OtherForm
    explanation = gettext_lazy(
        "After a reorganisation: another legal entity took over the rights and duties of this "
        "one. The public page of this organisation names it. Legal status stays as it is: it "
        "comes from the state registration or a court."
    )

    def suits(self, row: Organisation) -> bool:
        return row.merged_into_id is None

    def context(self, row: Organisation, *, on: date) -> dict[str, Any]:
        if row.successor is None:
            return {}
        facts = [(_("successor"), row.successor), *_recorded(row, EntryKind.SUCCESSION)]
        return {"facts": facts}

    def run(self, row: Organisation, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        other = answers["other"]
        check_region(other, by=by, on=day_of(at))
        merging.record_successor(row, other, ground=answers["ground"], by=by, at=at)
        return _("%(number)s is recorded as the successor.") % {"number": other.number}


class WithdrawSuccessor(Verb):
    name = "withdraw-successor"
    label = gettext_lazy("Withdraw the successor…")
    permission = MERGE
    form_class = GroundForm
    explanation = gettext_lazy("For one that was recorded by mistake. Both lines stay to be read.")

    def suits(self, row: Organisation) -> bool:
        return row.successor_id is not None

    def context(self, row: Organisation, *, on: date) -> dict[str, Any]:
        facts = [(_("successor"), row.successor), *_recorded(row, EntryKind.SUCCESSION)]
        return {"facts": facts}

    def run(self, row: Organisation, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        if row.successor is None:
            raise Refused(_("No successor is recorded now. Reload the page."))
        check_region(row.successor, by=by, on=day_of(at))
        merging.withdraw_successor(row, row.successor, ground=answers["ground"], by=by, at=at)
        return _("The successor is withdrawn.")


def check_region(organisation: Organisation, *, by: User, on: date) -> None:
    """Refuse one of a region in which the person does not hold the permission that day."""
    theirs = access.within(Organisation.objects.all(), "region", user=by, permission=MERGE, on=on)
    if not theirs.filter(pk=organisation.pk).exists():
        raise Refused(
            _("%(number)s is in a region that is not yours. Ask a clerk of all regions.")
            % {"number": organisation.number}
        )


def numbered(typed: str) -> Organisation | None:
    rows = Organisation.objects.select_related("place", "region", "legal_form", "merged_into")
    return rows.numbered(typed).first()


def _beside(one: Organisation, other: Organisation) -> list[tuple[str, str, str]]:
    return [
        (label, said, said_of_other)
        for (label, said), (_label, said_of_other) in zip(_said(one), _said(other), strict=True)
    ]


def _said(row: Organisation) -> list[tuple[str, str]]:
    """What the register says of an organisation, and what of it stays where it is."""
    standings = [f"{held.campaign}: {held.get_state_display()}" for held in row.standings.all()]
    contacts = row.contacts.filter(retired_at__isnull=True).count()
    people = row.representatives.filter(until_at__isnull=True).count()
    return [
        (_("register number"), row.number),
        (_("BIN"), row.bin or "—"),
        (_("name in Kazakh"), row.name_kk),
        (_("name in Russian"), row.name_ru),
        (_("legal form"), row.legal_form.name),
        (_("legal status"), row.get_status_display()),
        (_("date of state registration"), date_format(row.registered_on)),
        (_("place"), f"{row.place.name}, {row.region.name}"),
        (_("contacts"), str(contacts)),
        (_("people who act for it"), str(people)),
        (_("re-registration"), "; ".join(standings) or "—"),
    ]


def _recorded(row: Organisation, kind: EntryKind) -> list[tuple[str, Any]]:
    """Who recorded it, when, and on what ground: from the newest such line."""
    entry = RegisterEntry.objects.filter(organisation=row, kind=kind).select_related("by").last()
    if entry is None:
        return []
    ground = PersonalValue.objects.filter(entry=entry, field="ground").first()
    return [
        (_("recorded"), date_format(day_of(entry.at))),
        (_("by"), entry.by),
        (_("Ground of the decision"), ground.value if ground else "—"),
    ]
