"""The API's addresses."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from rest_framework.exceptions import ValidationError
from rest_framework.generics import ListAPIView
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from notices.models import Dispatch
from public import listing, standing, wanted
from public.api.serializers import OrganisationAlone, OrganisationInList, SoughtInList
from registry.models import Organisation
from registry.querysets import OrganisationQuerySet


class ByNumber(CursorPagination):
    """In the order of register numbers, which never change: a cursor never skips or repeats."""

    ordering = "number"
    page_size = 100


class OrganisationList(ListAPIView[Organisation]):
    """Search and filters as on the public list: q, region, legal_form, status, standing."""

    serializer_class = OrganisationInList
    pagination_class = ByNumber

    def get_queryset(self) -> OrganisationQuerySet:
        form, rows = listing.filtered(self.request.GET, timezone.localdate())
        if not form.is_valid():
            raise ValidationError(form.errors.get_json_data())
        return rows


class NewestChange(CursorPagination):
    """What changed last comes first: a mirror reads on until it meets what it knows."""

    ordering = ("-changed_at", "-pk")
    page_size = 100


class SoughtList(ListAPIView[Dispatch]):
    """Whom the ministry looks for, and who was taken off the page since: `status` says which."""

    serializer_class = SoughtInList
    pagination_class = NewestChange

    def get_queryset(self) -> QuerySet[Dispatch]:
        return wanted.changes()

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        answer = super().finalize_response(request, response, *args, **kwargs)
        answer["X-Robots-Tag"] = "noindex"
        return answer


class OrganisationDetail(APIView):
    """One organisation by its register number."""

    def get(self, _request: Request, number: str) -> Response:
        found = get_object_or_404(Organisation, number=number, taken_out_at__isnull=True)
        standings = standing.of_organisation(found, timezone.localdate())
        return Response(OrganisationAlone(found, context={"standings": standings}).data)
