"""Sendings: which failed, what follows them, and what staff decide on one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.views import ChangeList

from accounts import delegations
from accounts.admin_verbs import CaseAdmin, ReasonForm, Verb, arrived_at, person
from accounts.models import User
from notices import life, resending
from notices.addresses import Address
from notices.admin.filters import (
    CameBack,
    FailedAndNothingFollows,
    HasFailed,
    IsHeldBack,
    IsWaiting,
    PastItsLease,
)
from notices.models import Dispatch
from notices.states import Channel, DispatchState

MANAGE = "notices.manage_sending"
# So many refusals are told in words; of more, their number.
_TOLD = 5


class DecisionForm(ReasonForm):
    """The reason, and how often the sending had been sent again when the page was opened."""

    seen = forms.IntegerField(widget=forms.HiddenInput)


class _Decision(Verb):
    permission = MANAGE
    form_class = DecisionForm
    template = "admin/notices/decide.html"

    def empty_form(self, row: Dispatch, asked: Any) -> forms.Form:
        return self.form_class(initial={"seen": row.resends})


class Resend(_Decision):
    name = "resend"
    label = gettext_lazy("Send again…")
    explanation = gettext_lazy(
        "It goes out at once to the same address, with all its attempts. The next address in line "
        "is not touched."
    )

    def suits(self, row: Dispatch) -> bool:
        return resending.may_be_resent(row)

    def run(self, row: Dispatch, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        resending.resend(row, by=by, at=at, reason=answers["reason"], seen=answers["seen"])
        return _("Notice %(number)s is queued to be sent again.") % {"number": row.notice.number}


class HoldBack(_Decision):
    name = "hold-back"
    label = gettext_lazy("Hold back…")
    is_grave = True
    explanation = gettext_lazy(
        "It is not sent, and nothing else is sent in its place. What is not sent is not served: "
        "no term runs from it."
    )

    def suits(self, row: Dispatch) -> bool:
        return resending.may_be_held_back(row)

    def run(self, row: Dispatch, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        resending.hold_back(row, by=by, at=at, reason=answers["reason"])
        return _("Notice %(number)s is held back.") % {"number": row.notice.number}


_WHY_IN_A_LIST = 48


class _WithWhatFollows(ChangeList):
    """A page of the list whose rows know what follows them, asked for all at once."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        self.model_admin.complete(self.result_list)  # type: ignore[attr-defined]


def in_words(row: Dispatch, follows: dict[int, Dispatch | Address | None]) -> str:
    """The sending after a failed one, or the next address in line; empty: it did not fail."""
    if row.pk not in follows:
        return ""
    found = follows[row.pk]
    if isinstance(found, Dispatch):
        return f"{found.get_channel_display()}, {found.address}: {found.get_state_display()}"
    if isinstance(found, Address):
        return f"{Channel(found.channel).label}, {found.text}"
    return _("every known address was tried")


@admin.register(Dispatch)
class DispatchAdmin(CaseAdmin):
    region = "notice__organisation__region"
    page = "admin/notices/dispatch.html"
    verbs = (Resend(), HoldBack())
    actions: Any = ["resend_selected"]
    # What is sent again stands before the eyes, never all pages at once.
    list_disable_select_all = True
    list_display = (
        "notice",
        "channel",
        "address",
        "state",
        "why",
        "next_in_line",
        "attempts",
        "sent_at",
    )
    list_select_related = ("notice__organisation",)
    list_filter = (
        FailedAndNothingFollows,
        IsWaiting,
        CameBack,
        HasFailed,
        IsHeldBack,
        PastItsLease,
        "state",
        "channel",
    )
    search_fields = ("=notice__number", "=address", "=message_id")
    search_help_text = gettext_lazy("Notice number, address or Message-ID, each in full")
    ordering = ("-id",)

    # unfold returns the class too, and says that it is an object of it.
    def get_changelist(  # type: ignore[override]
        self, request: HttpRequest, **kwargs: Any
    ) -> type[ChangeList]:
        return _WithWhatFollows

    @admin.display(description=gettext_lazy("why it failed"))
    def why(self, row: Dispatch) -> str:
        """The beginning of it; the whole stands on the row's page."""
        return Truncator(row.failure).chars(_WHY_IN_A_LIST)

    def complete(self, rows: list[Any]) -> None:
        follows = life.what_follows(rows)
        for row in rows:
            row.follows = in_words(row, follows)

    @admin.display(description=gettext_lazy("next address in line"))
    def next_in_line(self, row: Any) -> str:
        return str(row.follows) or "—"

    def about(self, request: HttpRequest, row: Dispatch) -> dict[str, Any]:
        events = life.of(row.notice)
        return {
            "title": f"{_capital(row.get_channel_display())}, {row.address}",
            "facts": list(_facts(row)),
            "follows": in_words(row, life.what_follows([row])),
            "life": [event for event in events if event.dispatch and event.dispatch.pk == row.pk],
            "may_see_dispatches": False,
        }

    def has_send_again_permission(self, request: HttpRequest) -> bool:
        return person(request).has_perm(MANAGE)

    @admin.action(
        description=gettext_lazy("Send the selected ones again"), permissions=["send_again"]
    )
    def resend_selected(self, request: HttpRequest, rows: QuerySet[Dispatch]) -> HttpResponse:
        """Ask for the reason, then send one by one; what is refused is named with why."""
        form = ReasonForm(request.POST if "reason" in request.POST else None)
        if form.is_valid():
            self._resend_all(request, rows, form.cleaned_data["reason"])
            return HttpResponseRedirect(request.get_full_path())
        return self.render(
            request,
            "admin/notices/resend_many.html",
            None,
            title=_("Send the selected ones again"),
            form=form,
            selected=request.POST.getlist(ACTION_CHECKBOX_NAME),
        )

    def _resend_all(self, request: HttpRequest, rows: QuerySet[Dispatch], reason: str) -> None:
        keys = list(rows.values_list("pk", flat=True))
        own = self.seen_with(request, MANAGE).filter(pk__in=keys).select_related("notice")
        by, at = person(request), arrived_at(request)
        with delegations.recorded(by, MANAGE, f"notices.dispatch:{keys} resend", at=at):
            done, refused = resending.resend_all(own.order_by("pk"), by=by, at=at, reason=reason)
        if elsewhere := len(keys) - done - len(refused):
            refused += [_("It is not in your regions.")] * elsewhere
        level = messages.WARNING if refused else messages.SUCCESS
        self.message_user(request, _summary(done, refused), level)


def _summary(done: int, refused: list[str]) -> str:
    sentence = _("%(done)d sent again, %(refused)d refused.") % {
        "done": done,
        "refused": len(refused),
    }
    return " ".join([sentence, *dict.fromkeys(refused[:_TOLD])])


def _facts(row: Dispatch) -> list[tuple[str, str]]:
    moments = [
        (_("sent"), row.sent_at),
        (_("outcome known"), row.ended_at),
        (_("of use until"), row.useful_until_at),
    ]
    if row.state in (DispatchState.QUEUED, DispatchState.SENDING):
        moments.insert(0, (_("next attempt"), row.next_attempt_at))
    told = [(label, date_format(localtime(at), "DATETIME_FORMAT")) for label, at in moments if at]
    words = [
        (_("attempts"), str(row.attempts)),
        (_("address verified"), _("yes") if row.is_verified else _("no")),
        ("Message-ID", row.message_id),
        (_("provider's number"), row.provider_id),
    ]
    return [*told, *((label, word) for label, word in words if word)]


def _capital(text: Any) -> str:
    return str(text)[:1].upper() + str(text)[1:]
