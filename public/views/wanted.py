"""Please contact us: the organisations that no letter and no e-mail reached."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from notices import gate
from public import listing, wanted


@require_safe
def contact_us(request: HttpRequest) -> HttpResponse:
    typed = request.GET.get("q", "")[:200]
    page = listing.page_of(wanted.organisations(typed), request.GET)
    context = {
        "section": "contact_us",
        "typed": typed,
        "page": page,
        "is_test": gate.is_test(),
        # Lists of the unreachable are left out of search engines.
        "noindex": True,
    }
    answer = render(request, "public/contact_us.html", context)
    answer["X-Robots-Tag"] = "noindex"
    return answer
