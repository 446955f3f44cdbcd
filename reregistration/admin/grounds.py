"""The dated grounds on which a filing may be refused."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from accounts.admin_verbs import today
from reregistration.admin.columns import column
from reregistration.admin.referrals import Configuration, GroundForm
from reregistration.models import RefusalGround


class RefusalGroundForm(GroundForm):
    class Meta:
        model = RefusalGround
        exclude: tuple[str, ...] = ()


@admin.register(RefusalGround)
class RefusalGroundAdmin(Configuration):
    form = RefusalGroundForm
    rests = "proposals"
    list_before_template: Any = "admin/reregistration/no_ground.html"
    list_display = ("code", "name_now", "article_now", "in_force", "from_on", "until_on")

    @column(gettext_lazy("ground"))
    def name_now(self, row: RefusalGround) -> str:
        return row.name

    @column(gettext_lazy("article of law"))
    def article_now(self, row: RefusalGround) -> str:
        return f"{row.article}. {row.remark}" if row.remark else row.article

    @column(gettext_lazy("in force today"), boolean=True)
    def in_force(self, row: Any) -> bool:
        return bool(row.is_in_force_today)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        is_any = RefusalGround.objects.in_force(today(request)).exists()
        context: dict[str, Any] = {**(extra_context or {}), "is_any_in_force": is_any}
        return super().changelist_view(request, context)

    def get_queryset(self, request: HttpRequest) -> QuerySet[RefusalGround]:
        rows: QuerySet[RefusalGround] = super().get_queryset(request)
        now = RefusalGround.objects.in_force(today(request)).filter(pk=OuterRef("pk"))
        return rows.annotate(is_in_force_today=Exists(now))
