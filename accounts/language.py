"""In which language does the portal speak to this person?

A page's address says its language. Where it says none (the root, the ministry's desk), the choice
kept in the cookie counts, and without one Kazakh, whatever the browser prefers. The choice of a
person who is signed in is kept on their account too: letters and codes go in it.
"""

from __future__ import annotations

from typing import TypeVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.middleware.locale import LocaleMiddleware
from django.urls import translate_url
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts.models import User

Response = TypeVar("Response", bound=HttpResponseBase)
_LANGUAGES = frozenset(code for code, _name in settings.LANGUAGES)


def was_chosen(request: HttpRequest) -> str | None:
    """The language that this device's cookie keeps, if it keeps one of ours."""
    kept = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
    return kept if kept in _LANGUAGES else None


def remember(response: Response, language: str) -> Response:
    """Keep the choice on this device."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        path=settings.LANGUAGE_COOKIE_PATH,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )
    return response


def of_address(email: str) -> str | None:
    """The language of whoever signs in by that e-mail address; None if it is nobody's."""
    whose = User.objects.filter(emailaddress__email__iexact=email) | User.objects.filter(
        email__iexact=email
    )
    return whose.values_list("language", flat=True).first()


class ChosenLanguageMiddleware(LocaleMiddleware):
    """Django's, without the browser's preference: the first visit is Kazakh."""

    def process_request(self, request: HttpRequest) -> None:
        language = translation.get_language_from_path(request.path_info) or was_chosen(request)
        translation.activate(language or settings.LANGUAGE_CODE)
        request.LANGUAGE_CODE = translation.get_language()


# Without a CSRF token, so that public pages carry none and can be cached. The session cookie is
# SameSite=Lax: a form on another site reaches no account, and changes at most this cookie.
@csrf_exempt
@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Keep the chosen language, and go on with the same page in it."""
    language = request.POST.get("language", "")
    page = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(page, allowed_hosts={request.get_host()}):
        page = "/"
    if language not in _LANGUAGES:
        return HttpResponseRedirect(page)
    if request.user.is_authenticated:
        User.objects.filter(pk=request.user.pk).update(language=language)
    return remember(HttpResponseRedirect(in_language(page, language)), language)


def in_language(page: str, language: str) -> str:
    """A page's address in another language, with its filters."""
    translated = translate_url(page, language)
    first, _, rest = page.lstrip("/").partition("/")
    # A page that is not there has no view to translate; its language still switches.
    if translated == page and first in _LANGUAGES:
        return f"/{language}/{rest}"
    return translated
