"""What is asked of a person who signs in: an e-mail address or a phone, in one field."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import LoginForm, RequestLoginCodeForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts import sms
from accounts.phones import phone_of


class PhoneField(forms.CharField):
    """A phone in any of the usual shapes; cleaned to +7 and ten digits."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Mobile phone"))
        kwargs.setdefault("help_text", _("For example +7 701 123 45 67."))
        kwargs["widget"] = forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"})
        super().__init__(max_length=30, **kwargs)

    def clean(self, value: Any) -> str:
        written = super().clean(value)
        phone = phone_of(written)
        if written and phone is None:
            raise ValidationError(
                _("This is not a phone number. Write it like +7 701 123 45 67."), code="phone"
            )
        return phone or ""


def _login_field() -> forms.CharField:
    return forms.CharField(
        label=_("E-mail or mobile phone"),
        max_length=254,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )


class SignInForm(LoginForm):  # type: ignore[misc] # allauth carries no types
    """Signing in by password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = _login_field()
        # A placeholder that repeats the label is noise to a screen reader.
        self.fields["password"].widget.attrs.pop("placeholder", None)


class AskForCodeForm(forms.Form):
    """Asking for a code. Answers alike for known and unknown addresses and numbers."""

    login = _login_field()

    def clean(self) -> dict[str, Any]:
        written = (super().clean() or {}).get("login", "").strip()
        if not written:
            return {}
        phone = phone_of(written)
        if phone and not sms.gateway().is_connected:
            # Said before anybody is looked up, so it tells nothing of who is known.
            self.add_error("login", _("Codes by SMS are not available. Use your e-mail."))
            return {}
        stated = {"phone": phone} if phone else {"email": written.lower()}
        asked = RequestLoginCodeForm(stated)
        if asked.is_valid():
            # Where allauth's view looks for whom the code is for; None is told nobody.
            self._user = asked._user
        for faults in asked.errors.values():
            for fault in faults:
                self.add_error("login", fault)
        return stated


class AddPasskeyForm(AddWebAuthnForm):  # type: ignore[misc] # allauth carries no types
    """A passkey that signs in by itself, unless the person wants it beside a password only."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Name of the device")
        self.fields["passwordless"].initial = True
