"""The forms under each kind of paper: attach one, or say why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from registry.uploads import UploadField
from reregistration import attachments
from reregistration.models import Attachment, Filing
from reregistration.states import AttachmentKind


class OfAKind(forms.Form):
    """A form of one kind: its fields are called by the kind, so that a fault told above says
    which paper it is about."""

    def __init__(self, kind: AttachmentKind, data: Any = None, files: Any = None) -> None:
        super().__init__(data, files, prefix=kind.value)
        for field in self.fields.values():
            field.label = str(kind.label).capitalize()


class AttachForm(OfAKind):
    file = UploadField()


class WhyNotForm(OfAKind):
    reason = forms.CharField(
        max_length=500,
        widget=forms.Textarea({"rows": 2, "class": "form-control"}),
        error_messages={
            "required": gettext_lazy("Write in a few words why you have no such paper.")
        },
    )


@dataclass(frozen=True, slots=True)
class Paper:
    """One kind of paper on the page: what is there, and the two forms."""

    kind: AttachmentKind
    is_asked: bool
    files: list[Attachment]
    reason: Attachment | None
    attach: AttachForm
    why_not: WhyNotForm

    @property
    def is_settled(self) -> bool:
        return bool(self.files or self.reason)


def papers(
    draft: Filing, *, kind: str = "", attach: AttachForm | None = None, why_not: Any = None
) -> list[Paper]:
    """Every kind, those asked for first; `attach` or `why_not` is the form that was sent for
    `kind` and did not go through."""
    asked = attachments.asked(draft)
    rows = list(draft.attachments.select_related("file"))
    return [
        Paper(
            kind=each,
            is_asked=each in asked,
            files=[row for row in rows if row.kind == each and row.file_id],
            reason=next((row for row in rows if row.kind == each and not row.file_id), None),
            attach=attach if attach and each == kind else AttachForm(each),
            why_not=why_not if why_not and each == kind else WhyNotForm(each),
        )
        for each in [*asked, *(each for each in AttachmentKind if each not in asked)]
    ]
