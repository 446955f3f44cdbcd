"""Taking files from people, keeping those that the portal makes, and giving them out again.

`take` before the transaction of the verb that uses the file: scanning may last seconds, and no
lock waits for it. What no row refers to in the end is removed by `remove_orphan_files`.
"""

from __future__ import annotations

import hashlib
import logging
import re
import unicodedata
from datetime import datetime
from io import BytesIO
from pathlib import PurePosixPath
from typing import Any, BinaryIO, cast

from django import forms
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.refusals import Refused
from registry import scanner
from registry.file_types import (
    CONTENT_TYPES,
    DOCUMENTS,
    EXTRACTS,
    SHOWN,
    SIGNATURES,
    FileType,
    accepted_by_browsers,
    recognise,
)
from registry.models.files import StoredFile, new_key

_log = logging.getLogger(__name__)
_LONGEST_NAME = 150
_MEGABYTE = 1024 * 1024
# Separators of folders, quotes and wildcards: what a file name means somewhere.
_UNSAFE = re.compile(r'[\\/:*?"<>|]')


def uploads_storage() -> Storage:
    return storages["uploads"]


def take(
    upload: UploadedFile[bytes],
    *,
    by: User,
    at: datetime,
    allowed: tuple[FileType, ...] = DOCUMENTS,
) -> StoredFile:
    """Check a file and keep it. Refuses one that is empty, too large, of another type than
    `allowed`, not what its name says, with a virus, or not to be scanned now.

    The file is stored first and its row second, so that there is no row without its file.
    Repeated, it keeps a second copy, which is removed when nothing refers to it.
    """
    name = cleaned_name(upload.name or "")
    size = _refuse_by_size(upload, name, allowed)
    content = cast(BinaryIO, upload.file)
    kind = recognise(content, name, allowed)
    scanned_at = None
    if scanner.is_set_up():
        scanner.refuse_viruses(content, name)
        scanned_at = at
    content.seek(0)
    sha256 = hashlib.file_digest(cast(BytesIO, content), "sha256").hexdigest()
    stored = StoredFile(
        key=new_key(),
        name=name,
        kind=kind,
        size=size,
        sha256=sha256,
        scan=StoredFile.Scan.CLEAN if scanned_at else StoredFile.Scan.NOT_SCANNED,
        scanned_at=scanned_at,
        uploaded_by=by,
        uploaded_at=at,
    )
    content.seek(0)
    uploads_storage().save(stored.path, upload)
    stored.save(force_insert=True)
    return stored


def keep(content: bytes, *, name: str, kind: FileType, by: User, at: datetime) -> StoredFile:
    """Keep a file that the portal made, as it is. As `take` stores it: the file first, its row
    second."""
    stored = StoredFile(
        key=new_key(),
        name=name,
        kind=kind,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        scan=StoredFile.Scan.MADE_HERE,
        uploaded_by=by,
        uploaded_at=at,
    )
    uploads_storage().save(stored.path, ContentFile(content))
    stored.save(force_insert=True)
    return stored


def download(stored: StoredFile) -> FileResponse:
    """The file as an answer, streamed: saved by the browser under its name, never shown in our
    pages' place, kept by no cache. The caller has asked already whether the person may have it."""
    response = _streamed(stored, as_attachment=True)
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def may_be_shown(stored: StoredFile) -> bool:
    """Whether a browser may show it inside a page of ours: a picture or a PDF, known by its content
    when it was taken, in which the scanner found nothing."""
    return stored.kind in SHOWN and stored.scan == StoredFile.Scan.CLEAN


def show(stored: StoredFile) -> FileResponse:
    """As `download`, to be shown inside a page of our own: one that `may_be_shown`, in no page of
    anybody else's. It loads and runs nothing; a sandbox would keep the browser's PDF viewer out."""
    if not may_be_shown(stored):
        raise Http404(_("This file can only be downloaded."))
    response = _streamed(stored, as_attachment=False)
    response["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
    )
    response["X-Frame-Options"] = "SAMEORIGIN"
    return response


def _streamed(stored: StoredFile, *, as_attachment: bool) -> FileResponse:
    try:
        content = uploads_storage().open(stored.path)
    except FileNotFoundError:
        # An operator must see it: backups hold the file.
        _log.error("The file of StoredFile %s is not in the storage.", stored.pk)
        raise Http404(_("This file cannot be found. Write to the ministry.")) from None
    response = FileResponse(
        content,
        as_attachment=as_attachment,
        filename=stored.name,
        content_type=CONTENT_TYPES[FileType(stored.kind)],
    )
    response["Content-Length"] = str(stored.size)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


def read(stored: StoredFile) -> bytes:
    """A small file's bytes (a signature's); a large one is streamed by `download`."""
    with uploads_storage().open(stored.path) as file:
        return cast(bytes, file.read())


def cleaned_name(name: str) -> str:
    """A file's name without folders, control signs and hidden turns of direction, short enough,
    with its ending kept."""
    last = re.split(r"[\\/]", unicodedata.normalize("NFC", name))[-1]
    shown = "".join(sign for sign in last if unicodedata.category(sign)[0] != "C")
    plain = " ".join(_UNSAFE.sub("_", shown).split()).lstrip(".") or "file"
    ending = PurePosixPath(plain).suffix[:10]
    return plain[: _LONGEST_NAME - len(ending)].removesuffix(ending) + ending


class UploadField(forms.FileField):
    """A file to upload. What it says is checked by `take`; here only that there is one."""

    def __init__(self, *, allowed: tuple[FileType, ...] = DOCUMENTS, **options: Any) -> None:
        self.allowed = allowed
        options.setdefault("help_text", _hint(allowed))
        options.setdefault(
            "widget",
            forms.ClearableFileInput(
                {"class": "form-control", "accept": accepted_by_browsers(allowed)}
            ),
        )
        super().__init__(**options)
        self.error_messages["required"] = gettext_lazy("Choose a file.")
        self.error_messages["empty"] = gettext_lazy("This file is empty. Choose another.")


def _hint(allowed: tuple[FileType, ...]) -> Any:
    if allowed == SIGNATURES:
        return gettext_lazy("The signature that NCALayer made: a .cms or .p7s file.")
    if allowed == EXTRACTS:
        return gettext_lazy("The extract as it came: a .csv, .csv.xz or .xlsx file, up to 100 MB.")
    return gettext_lazy("A photo or a scan is enough: PDF, JPEG, PNG or DOCX, up to 10 MB.")


def _most(allowed: tuple[FileType, ...]) -> int:
    """The largest size taken, in bytes."""
    if allowed == SIGNATURES:
        return settings.SIGNATURE_MAX_BYTES
    return settings.EXTRACT_MAX_BYTES if allowed == EXTRACTS else settings.UPLOAD_MAX_BYTES


def _refuse_by_size(upload: UploadedFile[bytes], name: str, allowed: tuple[FileType, ...]) -> int:
    """Its size in bytes, if that is taken."""
    most = _most(allowed)
    if not upload.size:
        raise Refused(_("“%(name)s” is empty. Choose another file.") % {"name": name})
    if upload.size > most and allowed == EXTRACTS:
        raise Refused(
            _("“%(name)s” is larger than %(megabytes)s MB. Pack it with xz and send it again.")
            % {"name": name, "megabytes": most // _MEGABYTE}
        )
    if upload.size > most:
        raise Refused(
            _("“%(name)s” is larger than %(megabytes)s MB. Scan it in a lower quality or in parts.")
            % {"name": name, "megabytes": most // _MEGABYTE}
        )
    return upload.size
