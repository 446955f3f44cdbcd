"""The forms of what an organisation writes beside a filing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from registry.uploads import UploadField
from reregistration import hearing_slots
from reregistration.models import HearingSlot
from reregistration.writings import Writing

_TEXT = {"class": "form-control", "rows": 6}


class WritingForm(forms.Form):
    """Own words, and one document where it helps; `cycle` is the one the person saw."""

    text = forms.CharField(
        max_length=5000,
        widget=forms.Textarea(_TEXT),
        error_messages={"required": gettext_lazy("Write a few words.")},
    )
    document = UploadField(label=gettext_lazy("A document, if you have one"), required=False)
    cycle = forms.IntegerField(min_value=1, widget=forms.HiddenInput)

    def __init__(self, *args: Any, writing: Writing, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].label = str(writing.label)
        if not writing.takes_document:
            del self.fields["document"]


class HearingDateForm(forms.Form):
    """The hour that an organisation chooses for its hearing, of those that are free."""

    slot = forms.TypedChoiceField(
        label=gettext_lazy("Free days and hours"),
        coerce=int,
        widget=forms.RadioSelect({"class": "form-check-input"}),
        error_messages={
            "required": gettext_lazy("Choose a day and an hour."),
            "invalid_choice": gettext_lazy("This hour is not free any more. Choose another one."),
        },
    )

    def __init__(self, *args: Any, slots: Sequence[HearingSlot], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["slot"]
        field.choices = [(slot.pk, hearing_slots.told(slot)) for slot in slots]


class RemarkForm(forms.Form):
    """What the minutes of a hearing should say otherwise."""

    text = forms.CharField(
        label=gettext_lazy("What the minutes should say otherwise"),
        max_length=5000,
        widget=forms.Textarea(_TEXT),
        error_messages={"required": gettext_lazy("Write a few words.")},
    )


class MessageForm(forms.Form):
    """One more message of a thread."""

    text = forms.CharField(
        label=gettext_lazy("Your message"),
        max_length=5000,
        widget=forms.Textarea(_TEXT),
        error_messages={"required": gettext_lazy("Write a few words.")},
    )


class QuestionForm(MessageForm):
    """A new question."""

    subject = forms.CharField(
        label=gettext_lazy("What it is about"),
        max_length=150,
        widget=forms.TextInput({"class": "form-control"}),
        error_messages={"required": gettext_lazy("Write what it is about.")},
    )
    text = forms.CharField(
        label=gettext_lazy("Your question"),
        max_length=5000,
        widget=forms.Textarea(_TEXT),
        error_messages={"required": gettext_lazy("Write a few words.")},
    )
    field_order = ("subject", "text")
