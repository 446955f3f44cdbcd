"""“We have closed” and “we are not an NGO”: one section each. Both protect and change nothing."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from registry.fields import DayField
from reregistration.models import Filing
from reregistration.sections import facts
from reregistration.sections.section import Part, Section, answers_in


class ClosureForm(facts.ReachForm):
    closed_on = DayField(
        label=_("When did it close?"),
        help_text=_("A day, or about when: 31.12.2025."),
    )
    why = forms.CharField(
        label=_("Why did it close?"), max_length=2000, widget=forms.Textarea({"rows": 3})
    )
    papers = forms.CharField(
        label=_("Who keeps its papers?"),
        help_text=_("A name and how to reach them. Nobody? Say so."),
        max_length=500,
        widget=forms.Textarea({"rows": 2}),
    )
    note = forms.CharField(
        label=_("A note for the ministry, if you like"),
        max_length=2000,
        widget=forms.Textarea({"rows": 2}),
    )
    field_order = ("closed_on", "why", "papers", "note", "email", "phone")


class NotAnNgoForm(facts.ReachForm):
    what = forms.ChoiceField(
        label=_("What is it?"),
        choices=[
            ("state", _("a body of the state")),
            ("party", _("a political party")),
            ("union", _("a trade union")),
            ("religious", _("a religious association")),
            ("owners", _("an association of owners of property")),
            ("commercial", _("a commercial organisation")),
            ("other", _("something else")),
        ],
        widget=forms.RadioSelect,
    )
    why = forms.CharField(
        label=_("Why is it not an NGO?"), max_length=2000, widget=forms.Textarea({"rows": 3})
    )
    note = forms.CharField(
        label=_("A note for the ministry, if you like"),
        max_length=2000,
        widget=forms.Textarea({"rows": 2}),
    )
    field_order = ("what", "why", "note", "email", "phone")


def _in(section: str, name: str) -> Part:
    label = {"closed_on": _("When did it close?"), "why": _("Why?"), "what": _("What is it?")}[name]
    return Part(name, label, lambda filing: _is_told(filing, section, name))


def _is_told(filing: Filing, section: str, name: str) -> bool:
    return bool(answers_in(filing, section).get(name))


CLOSURE = Section(
    code="closure",
    title=_("The closure"),
    form=ClosureForm,
    about=_("Nothing changes at once: the ministry checks first and asks you where it must."),
    parts=(_in("closure", "closed_on"), _in("closure", "why"), facts.REACH),
)
NOT_AN_NGO = Section(
    code="not_an_ngo",
    title=_("Why it is not an NGO"),
    form=NotAnNgoForm,
    about=_("Nothing changes at once: the ministry checks first and asks you where it must."),
    parts=(_in("not_an_ngo", "what"), _in("not_an_ngo", "why"), facts.REACH),
)
