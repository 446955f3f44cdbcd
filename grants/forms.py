"""What an organisation's people fill in: the declaration, an application, its budget, a paper."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from grants import drafts
from grants.drafts import Line
from grants.models import Application
from grants.states import BudgetCategory, Exclusion, PaperKind
from registry.fields import DayField, GroupedInput, MoneyField, plain_number
from registry.models import Region
from registry.uploads import UploadField

_TICK = {"class": "form-check-input"}
_LONG = {"class": "form-control", "rows": 5}


class DeclarationForm(forms.Form):
    """The law's eight exclusions: each is declared not to be met."""

    clear_of = forms.MultipleChoiceField(
        label=gettext_lazy("Tick each point that does not apply to the organisation"),
        choices=Exclusion.choices,
        widget=forms.CheckboxSelectMultiple(_TICK),
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["clear_of"]
        field.choices = [  # type: ignore[attr-defined]
            (value, _("This is not the case: %(exclusion)s") % {"exclusion": label})
            for value, label in Exclusion.choices
        ]

    def clean_clear_of(self) -> list[str]:
        said: list[str] = self.cleaned_data["clear_of"]
        if set(said) != set(Exclusion.values):
            raise forms.ValidationError(
                _(
                    "Tick all eight. If one is the case, the law keeps the organisation from state "
                    "grants until it ends."
                )
            )
        return said


class SubmitForm(DeclarationForm):
    revision = forms.IntegerField(widget=forms.HiddenInput)


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        required=False,
        max_length=1000,
        widget=forms.Textarea({"class": "form-control", "rows": 3}),
    )


class QuestionForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("Your question"),
        help_text=gettext_lazy("It is published with its answer, without your name."),
        max_length=2000,
        widget=forms.Textarea({"class": "form-control", "rows": 3}),
    )


class ApplicationForm(forms.ModelForm):  # type: ignore[type-arg]
    """The answers. What is still missing is told before it is handed in, not while it is typed."""

    starts_on = DayField(
        label=gettext_lazy("The project begins"),
        help_text=gettext_lazy("For example: 31.12.2025."),
        required=False,
    )
    ends_on = DayField(label=gettext_lazy("The project ends"), required=False)
    regions = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Regions of the project"),
        queryset=Region.objects.all(),
        required=False,
        widget=forms.CheckboxSelectMultiple(_TICK),
    )

    class Meta:
        model = Application
        fields = [*drafts.ANSWERS, "regions"]
        widgets = {
            "language": forms.Select({"class": "form-select"}),
            "title": forms.TextInput({"class": "form-control"}),
            "summary": forms.Textarea({"class": "form-control", "rows": 3}),
            "problem": forms.Textarea(_LONG),
            "goal": forms.Textarea(_LONG),
            "activities": forms.Textarea({"class": "form-control", "rows": 8}),
            "results": forms.Textarea(_LONG),
            "area": forms.Select({"class": "form-select"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        call = self.instance.lot.call
        areas, regions = call.areas.all(), call.regions.all()
        allowed = areas or drafts.areas()
        area: Any = self.fields["area"]
        area.queryset = area.queryset.filter(pk__in=[row.pk for row in allowed])
        if regions:
            self.fields["regions"].queryset = regions  # type: ignore[attr-defined]
        for name in ("starts_on", "ends_on"):
            self.fields[name].widget.attrs["class"] = "form-control"
        for field in self.fields.values():
            field.label = str(field.label)[:1].upper() + str(field.label)[1:]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        starts, ends = cleaned.get("starts_on"), cleaned.get("ends_on")
        if starts and ends and starts >= ends:
            self.add_error("ends_on", _("The project ends after it begins."))
        return cleaned

    def answers(self) -> tuple[dict[str, Any], list[Region] | None]:
        """What reads well, as the verb takes it."""
        told = {name: self.cleaned_data[name] for name in drafts.ANSWERS if name in self._read}
        regions = list(self.cleaned_data["regions"]) if "regions" in self._read else None
        return told, regions

    @property
    def _read(self) -> set[str]:
        return set(self.cleaned_data) - set(self.errors)


class QuantityField(forms.DecimalField):
    """How many, or for how many months; 1,5 is understood as 1.5."""

    def __init__(self, **kwargs: Any) -> None:
        widget = GroupedInput(**{"class": "form-control"})
        super().__init__(
            min_value=Decimal("0.01"), max_digits=10, decimal_places=2, widget=widget, **kwargs
        )

    def to_python(self, value: Any) -> Any:
        return super().to_python(plain_number(value) if isinstance(value, str) else value)


class LineForm(forms.Form):
    """A line of the budget; an empty one is left out."""

    category = forms.ChoiceField(
        label=gettext_lazy("It pays for"),
        choices=[("", "—"), *BudgetCategory.choices],
        widget=forms.Select({"class": "form-select"}),
    )
    name = forms.CharField(
        label=gettext_lazy("What exactly"),
        max_length=200,
        widget=forms.TextInput({"class": "form-control"}),
    )
    quantity = QuantityField(label=gettext_lazy("Quantity"))
    unit_price = MoneyField(label=gettext_lazy("Price of one, tenge"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit_price"].widget.attrs["class"] = "form-control"

    def line(self) -> Line | None:
        """The line, if one was typed and not removed."""
        told = getattr(self, "cleaned_data", {})
        if not told.get("category") or told.get("DELETE"):
            return None
        return Line(
            BudgetCategory(told["category"]), told["name"], told["quantity"], told["unit_price"]
        )


LineFormSet: Any = forms.formset_factory(
    LineForm, extra=0, max_num=drafts.MOST_LINES, validate_max=True, can_delete=True
)


class PaperForm(forms.Form):
    kind = forms.ChoiceField(
        label=gettext_lazy("Which paper"),
        choices=PaperKind.choices,
        widget=forms.Select({"class": "form-select"}),
    )
    file = UploadField(label=gettext_lazy("A file or a photo"))
