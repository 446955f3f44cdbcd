"""What is asked of a paper filing: whose it is and its days, which form it is."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminDateWidget,
    UnfoldAdminFileFieldWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from registry.uploads import UploadField
from reregistration.models import Campaign
from reregistration.states import CampaignState, FilingKind


class FormOfPaperForm(forms.Form):
    """What the paper answers, and which form it is."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What the paper says"),
        choices=[(kind.value, kind.label) for kind in FilingKind if kind != FilingKind.UNCHANGED],
        initial=FilingKind.DETAILS,
        widget=UnfoldAdminRadioSelectWidget,
    )
    size = forms.ChoiceField(
        label=gettext_lazy("Which form it is"),
        choices=[
            ("short", gettext_lazy("the short form")),
            ("full", gettext_lazy("the full form")),
        ],
        initial="short",
        widget=UnfoldAdminRadioSelectWidget,
    )


class ReceiveForm(FormOfPaperForm):
    """A paper as it lies on the desk: whose it is, its days, its scan."""

    organisation = forms.CharField(
        label=gettext_lazy("BIN or register number"),
        max_length=30,
        widget=UnfoldAdminTextInputWidget(attrs={"autofocus": True}),
    )
    campaign = forms.ModelChoiceField(
        label=gettext_lazy("Campaign"),
        queryset=Campaign.objects.filter(state=CampaignState.OPEN),
        widget=UnfoldAdminSelectWidget,
    )
    received_on = forms.DateField(
        label=gettext_lazy("Day of receipt"), widget=UnfoldAdminDateWidget()
    )
    posted_on = forms.DateField(
        label=gettext_lazy("Day of the postmark"),
        help_text=gettext_lazy(
            "It decides whether the filing is on time. Leave it empty if it was handed in."
        ),
        required=False,
        widget=UnfoldAdminDateWidget(),
    )
    incoming = forms.CharField(
        label=gettext_lazy("Incoming number"),
        max_length=40,
        required=False,
        widget=UnfoldAdminTextInputWidget,
    )
    scan = UploadField(
        label=gettext_lazy("Scan of the paper and its envelope"),
        widget=UnfoldAdminFileFieldWidget(),
    )
    field_order = (
        "organisation",
        "campaign",
        "received_on",
        "posted_on",
        "incoming",
        "kind",
        "size",
        "scan",
    )


class RevisionForm(forms.Form):
    """The revision that was compared with the scan."""

    revision = forms.IntegerField(widget=forms.HiddenInput)
