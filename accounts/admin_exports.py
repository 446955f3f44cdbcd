"""Any list of the admin as a file: what the filters left, in the columns that the list shows.

Rows are read and written in slices, so that 20,000 take no more memory than 200.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from tempfile import TemporaryFile
from typing import IO, Any, Literal, cast

from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import label_for_field, lookup_field
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase, StreamingHttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import strip_tags
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

Format = Literal["csv", "xlsx"]
Cell = str | int | Decimal

_SLICE = 500
# A sheet has 1,048,576 lines, one of them the headings.
_LARGEST_SHEET = 1_048_575
# How a formula begins in a spreadsheet, and the numbers and phones that begin so too.
_FORMULA = re.compile(r"^[=+\-@\t\r]")
_NUMBER = re.compile(r"^[+-]?[0-9 ().,-]+$")
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class ExportsMixin:
    """Adds <list>/export/csv/ and <list>/export/xlsx/ to a ModelAdmin, with the list's filters."""

    list_after_template: Any = "admin/desk/exports.html"

    def get_urls(self) -> list[URLPattern]:
        admin = cast(Any, self)
        own = [
            path(
                f"export/{kind}/",
                admin.admin_site.admin_view(self.export_view),
                {"kind": kind},
                name=f"{admin.opts.app_label}_{admin.opts.model_name}_export_{kind}",
            )
            for kind in ("csv", "xlsx")
        ]
        return own + super().get_urls()  # type: ignore[misc,no-any-return]

    def complete(self, rows: list[Any]) -> None:
        """Put onto rows what columns show of other tables, asked for all of them at once."""

    def export_view(self, request: HttpRequest, kind: Format) -> HttpResponseBase:
        """The filtered list as a file; nobody gets a row here that the list does not show them."""
        admin = cast(Any, self)
        if request.method != "GET" or not admin.has_view_permission(request):
            raise PermissionDenied
        try:
            shown = admin.get_changelist_instance(request)
        except IncorrectLookupParameters:
            return self._back(request, _("The address names a filter that is not there."))
        if kind == "xlsx" and shown.result_count > _LARGEST_SHEET:
            return self._back(
                request, _("A sheet holds at most 1,048,575 rows. Filter the list, or take CSV.")
            )
        write_down(request, admin, kind, shown.result_count)
        arrived_at = cast(datetime, request.arrived_at)  # type: ignore[attr-defined]
        name = f"{admin.opts.model_name}-{timezone.localdate(arrived_at):%Y-%m-%d}.{kind}"
        table = _table(admin, shown.queryset, _columns(admin, request))
        return as_csv(table, name) if kind == "csv" else _as_xlsx(table, name)

    def _back(self, request: HttpRequest, why: str) -> HttpResponse:
        opts = cast(Any, self).opts
        messages.error(request, why)
        return HttpResponseRedirect(reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist"))


def _columns(admin: Any, request: HttpRequest) -> list[str]:
    return [name for name in admin.get_list_display(request) if name != "action_checkbox"]


def _table(admin: Any, rows: QuerySet[Any], columns: list[str]) -> Iterator[list[Cell]]:
    """The headings, then a line a row."""
    yield [str(label_for_field(name, admin.model, admin)) for name in columns]
    unread = rows.iterator(chunk_size=_SLICE)
    while part := list(islice(unread, _SLICE)):
        admin.complete(part)
        for row in part:
            yield [_cell(admin, row, name) for name in columns]


def _cell(admin: Any, row: Any, name: str) -> Cell:
    """What the list shows there, as words or a number."""
    try:
        field, method, value = lookup_field(name, row, admin)
    except ObjectDoesNotExist:
        return ""
    if field is not None and field.choices:
        return str(getattr(row, f"get_{field.name}_display")())
    if getattr(method, "label", None) and isinstance(value, (list, tuple)):
        # Unfold's coloured label: the value that chooses the colour, and the words.
        value = value[-1]
    # A key is a number in name only.
    return _plain(value, is_key=field is not None and field.primary_key)


def _plain(value: Any, *, is_key: bool) -> Cell:
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, (int, Decimal)):
        return str(value) if is_key else value
    if isinstance(value, datetime):
        return date_format(timezone.localtime(value), "SHORT_DATETIME_FORMAT")
    if isinstance(value, date):
        return date_format(value, "SHORT_DATE_FORMAT")
    if isinstance(value, (list, tuple)):
        return ", ".join(str(part) for part in value)
    return strip_tags(str(value)).strip()


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, line: str) -> str:
        return line


def as_csv(table: Iterator[list[Cell]], name: str) -> StreamingHttpResponse:
    """A table as a file, streamed; no cell of it begins a formula."""
    writer = csv.writer(_Echo())

    def lines() -> Iterator[str]:
        # So that a spreadsheet takes the Kazakh letters for UTF-8.
        yield "\ufeff"
        for line in table:
            yield writer.writerow([_defused(cell) for cell in line])

    answer = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _defused(cell: Cell) -> Cell:
    """No cell of a CSV begins a formula: what an organisation wrote is never run by an officer's
    spreadsheet. Phones and negative numbers stay as they are."""
    if isinstance(cell, str) and _FORMULA.match(cell) and not _NUMBER.match(cell):
        return f"'{cell}"
    return cell


def _as_xlsx(table: Iterable[list[Cell]], name: str) -> FileResponse:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.freeze_panes = "A2"
    for line in table:
        sheet.append([_sheet_cell(sheet, cell) for cell in line])
    file: IO[bytes] = TemporaryFile()  # noqa: SIM115 - the response closes it
    book.save(file)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=name, content_type=_XLSX)


# Letters that no XML may hold.
_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def _sheet_cell(sheet: Any, cell: Cell) -> Any:
    if not isinstance(cell, str):
        return cell
    made = WriteOnlyCell(sheet, value=_NOT_XML.sub("", cell))
    # Words, even where they look like a formula.
    made.data_type = "s"
    return made


def write_down(request: HttpRequest, admin: Any, kind: Format, rows: int) -> None:
    """Who took which list, and how much of it, stands in the admin's log."""
    LogEntry.objects.create(
        user_id=cast(int, request.user.pk),
        content_type=ContentType.objects.get_for_model(admin.model),
        object_repr=str(admin.opts.verbose_name_plural)[:200],
        action_flag=CHANGE,
        change_message=f"export {kind}: {rows} rows, filter {request.GET.urlencode() or 'none'}",
    )
