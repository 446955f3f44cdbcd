"""What is ours in signing in: where people land, phones, and the language of what is sent."""

from __future__ import annotations

import logging
from typing import Any, cast

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.forms import Field, Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils import translation
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from accounts import language, sms
from accounts.forms import PhoneField
from accounts.models import User
from accounts.phones import phone_of
from accounts.refusals import Refused

logger = logging.getLogger(__name__)

_MISMATCH = gettext_lazy(
    "These do not belong together. Check the e-mail or phone and the password, "
    "or ask for a one-time code."
)


class PortalAdapter(DefaultAccountAdapter):  # type: ignore[misc] # allauth carries no types
    """Staff go to the admin, everybody else to their organisations."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        # One sentence for whatever was wrong: it must not tell who is known.
        "email_password_mismatch": _MISMATCH,
        "phone_password_mismatch": _MISMATCH,
        "username_password_mismatch": _MISMATCH,
    }

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        if request.user.is_staff:
            return resolve_url("admin:index")
        return cast(str, super().get_login_redirect_url(request))

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """A device that never chose a language takes over the person's."""
        response: HttpResponse = super().post_login(request, user, **kwargs)
        if not language.was_chosen(request):
            language.remember(response, user.language)
        return response

    def save_user(self, request: HttpRequest, user: User, form: Form, commit: bool = True) -> User:
        """Whoever signs up is written to in the language in which they did."""
        user.language = get_language() or user.language
        return cast(User, super().save_user(request, user, form, commit))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """In the language of the person, or of the page where the address is nobody's."""
        with translation.override(language.of_address(email) or get_language()):
            super().send_mail(template_prefix, email, context)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """allauth counts failed passwords by e-mail; without this all phones would be one."""
        by_phone = (
            {"email": phone_of(str(credentials["phone"])) or ""} if "phone" in credentials else {}
        )
        return cast(
            str, super()._get_login_attempts_cache_key(request, **{**credentials, **by_phone})
        )

    # Phones. A number counts once a code that was sent to it came back: only then may it sign in,
    # and only then is it taken from nobody else.

    def phone_form_field(self, **kwargs: Any) -> Field:
        return PhoneField(**kwargs)

    def get_phone(self, user: User) -> tuple[str, bool] | None:
        return (user.phone, user.phone_is_verified) if user.phone else None

    def get_user_by_phone(self, phone: str) -> User | None:
        return User.objects.filter(
            phone=phone_of(phone) or None, phone_is_verified=True, is_active=True
        ).first()

    def set_phone(self, user: User, phone: str, verified: bool) -> None:
        user.phone, user.phone_is_verified = phone_of(phone) or "", verified
        user.save(update_fields=["phone", "phone_is_verified"])

    def set_phone_verified(self, user: User, phone: str) -> None:
        """Refuses where somebody else verified the number in the same moment."""
        try:
            with transaction.atomic():
                self.set_phone(user, phone, verified=True)
        except IntegrityError as taken:
            self._say_and_return(str(self.error_messages["phone_taken"]), taken)

    def send_verification_code_sms(self, user: User, phone: str, code: str, **_kwargs: Any) -> None:
        """A failure is told to whoever is signed in; to others it would tell who is known."""
        with translation.override(user.language):
            text = _("%(code)s is your code for the NGO register. Tell it to nobody.")
        try:
            sms.gateway().send(phone, text % {"code": code})
        except Refused as refusal:
            logger.warning("A code by SMS was not sent.")
            if self.request.user.is_authenticated:
                self._say_and_return(str(refusal), refusal)

    def _say_and_return(self, sentence: str, cause: Exception) -> None:
        messages.error(self.request, sentence)
        raise ImmediateHttpResponse(redirect("account_change_phone")) from cause
