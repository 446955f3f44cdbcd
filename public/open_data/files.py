"""The two files of all public awards. They are read in slices and sent as they are read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from django.conf import settings
from django.db.models import Max
from django.http import HttpRequest, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override
from django.views.decorators.cache import cache_control
from django.views.decorators.http import condition, require_safe

from accounts.admin_exports import as_csv
from accounts.limits import refuse_beyond
from grants.models import AwardEvent, AwardFile, Programme
from notices import gate
from public.models import PublicAward
from public.open_data.exact import exact
from public.open_data.grants import grant, identifier
from public.querysets import PublicAwardQuerySet
from registry.models import Region, RegisterEntry

VERSION = "1.4"
SLICE = 500
_RATE = "30/m"
# Raised when what the files say of an award changes its form.
_FORM = 1
_STATE = "State"
_COLUMNS = (
    "Identifier",
    "Title",
    "Description",
    "Currency",
    "Amount Awarded",
    "Amount Disbursed",
    "Award Date",
    "Planned Dates:Start Date",
    "Planned Dates:End Date",
    "Recipient Org:Identifier",
    "Recipient Org:Name",
    "Funding Org:Identifier",
    "Funding Org:Name",
    "Grant Programme:Code",
    "Grant Programme:Title",
    "Beneficiary Location:Name",
    "Beneficiary Location:Geographic Code",
    "Classifications:Title",
    "From An Open Call?",
    # Ours, beside the standard's.
    _STATE,
)


def _latest() -> list[Any]:
    """What the files rest on: each line below moves when something in them does."""
    return [
        AwardEvent.objects.aggregate(pk=Max("pk"), at=Max("at")),
        AwardFile.objects.aggregate(pk=Max("pk"), at=Max("read_at")),
        RegisterEntry.objects.aggregate(pk=Max("pk")),
    ]


def _etag(_request: HttpRequest) -> str:
    programmes = list(Programme.objects.order_by("pk").values_list())
    known = repr((_FORM, settings.OPEN_DATA, settings.PORTAL_URL, _latest(), programmes))
    return f'"{hashlib.sha256(known.encode()).hexdigest()}"'


def _all() -> PublicAwardQuerySet:
    return PublicAward.objects.select_related("organisation", "programme", "area").order_by(
        "awarded_on", "id"
    )


def _grants(rows: PublicAwardQuerySet) -> Iterator[tuple[PublicAward, dict[str, Any]]]:
    regions = {row.pk: row for row in Region.objects.all()}
    for row in rows.iterator(chunk_size=SLICE):
        yield row, grant(row, regions)


@require_safe
@cache_control(public=True, max_age=300)
@condition(etag_func=_etag)
def grants_json(request: HttpRequest) -> StreamingHttpResponse:
    """A 360Giving package. Awards whose amount nobody states are in the CSV alone: the standard
    asks for an amount, and none is no 0."""
    refuse_beyond(request, "grants_data", _RATE)
    answer = StreamingHttpResponse(_package(), content_type="application/json")
    return _licensed(answer)


@require_safe
@cache_control(public=True, max_age=300)
@condition(etag_func=_etag)
def grants_csv(request: HttpRequest) -> StreamingHttpResponse:
    """The same awards as a table with the standard's columns, and those without an amount."""
    refuse_beyond(request, "grants_data", _RATE)
    return _licensed(as_csv(_table(), "grants.csv"))


def _licensed(answer: StreamingHttpResponse) -> StreamingHttpResponse:
    answer["Link"] = f'<{settings.OPEN_DATA["license"]}>; rel="license"'
    # Anybody's page may read them.
    answer["Access-Control-Allow-Origin"] = "*"
    return answer


def _package() -> Iterator[str]:
    head = exact(_about())
    # The list of grants comes last, so that the rest need not be held until it ends.
    yield f'{head[:-1]},"grants":['
    mark = ""
    unread = _grants(_all().filter(amount__isnull=False))
    while part := list(islice(unread, SLICE)):
        yield mark + ",".join(exact(said) for _row, said in part)
        mark = ","
    yield "]}"


def _about() -> dict[str, Any]:
    known = settings.OPEN_DATA
    with override("ru"):
        page = reverse("awards")
    title = "Государственные гранты неправительственным организациям"
    about = {
        "version": VERSION,
        "identifier": f"{known['prefix']}-grants",
        "title": f"TEST · {title}" if gate.is_test() else title,
        "description": "Гранты, договоры по которым приняты, и гранты прежних лет из файлов. "
        "Сумма расторгнутого договора — сколько выплачено. "
        "Гранты, сумма которых не указана, есть только в CSV.",
        "license": known["license"],
        "publisher": {"name": known["publisher"], "website": settings.PORTAL_URL},
        "downloadURL": f"{settings.PORTAL_URL}{reverse('grants_json')}",
        "accessURL": f"{settings.PORTAL_URL}{page}",
    }
    changed = _changed_at()
    return {**about, "modified": changed.isoformat()} if changed else about


def _changed_at() -> datetime | None:
    moments = [known["at"] for known in _latest() if known.get("at")]
    return timezone.localtime(max(moments)) if moments else None


def _table() -> Iterator[list[Any]]:
    yield list(_COLUMNS)
    for row, said in _grants(_all()):
        yield _line(row, said)


def _line(row: PublicAward, said: dict[str, Any]) -> list[Any]:
    (recipient,), (funder,) = said["recipientOrganization"], said["fundingOrganization"]
    programme: dict[str, str] = next(iter(said.get("grantProgramme", ())), {})
    dates: dict[str, str] = next(iter(said.get("plannedDates", ())), {})
    places = said.get("beneficiaryLocation", ())
    kinds = said.get("classifications", ())
    return [
        identifier(row),
        said["title"],
        said["description"],
        said["currency"],
        "" if row.amount is None else row.amount,
        "" if row.paid is None else row.paid,
        said["awardDate"],
        dates.get("startDate", ""),
        dates.get("endDate", ""),
        recipient["id"],
        recipient["name"],
        funder["id"],
        funder["name"],
        programme.get("code", ""),
        programme.get("title", ""),
        "; ".join(place["name"] for place in places),
        "; ".join(place["geoCode"] for place in places),
        "; ".join(kind["title"] for kind in kinds),
        said.get("fromOpenCall", ""),
        row.state,
    ]
