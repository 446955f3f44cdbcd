"""Which files do we take, and is a file what its name says?

By content, never by what the browser claims: PDF, JPEG, PNG and DOCX for people's papers, and
CMS signatures. Each type is known by its first bytes (puremagic) and by its own structure, so
that a cut-off upload, a renamed program or a text with macros is refused with a sentence.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import lzma
import re
import struct
import zipfile
import zlib
from pathlib import PurePosixPath
from typing import BinaryIO

import puremagic
from django.db import models
from django.utils.translation import gettext as _

from accounts.refusals import Refused


class FileType(models.TextChoices):
    PDF = "pdf", "PDF"
    JPEG = "jpeg", "JPEG"
    PNG = "png", "PNG"
    DOCX = "docx", "DOCX"
    CMS = "cms", "CMS"
    CSV = "csv", "CSV"
    XZ = "xz", "CSV.XZ"
    XLSX = "xlsx", "XLSX"
    # Made by the portal itself; never taken from anybody.
    JSON = "json", "JSON"


DOCUMENTS = (FileType.PDF, FileType.JPEG, FileType.PNG, FileType.DOCX)
SIGNATURES = (FileType.CMS,)
# What the state register gives out: text, packed or not, or a workbook. The import reads it row
# by row.
EXTRACTS = (FileType.CSV, FileType.XZ, FileType.XLSX)
# What every browser shows by itself.
SHOWN = (FileType.PDF, FileType.JPEG, FileType.PNG)

CONTENT_TYPES = {
    FileType.PDF: "application/pdf",
    FileType.JPEG: "image/jpeg",
    FileType.PNG: "image/png",
    FileType.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    FileType.CMS: "application/pkcs7-mime",
    FileType.CSV: "text/csv",
    FileType.XZ: "application/x-xz",
    FileType.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    FileType.JSON: "application/json",
}
ENDINGS = {
    FileType.PDF: (".pdf",),
    FileType.JPEG: (".jpg", ".jpeg"),
    FileType.PNG: (".png",),
    FileType.DOCX: (".docx",),
    FileType.CSV: (".csv",),
    FileType.XZ: (".xz",),
    FileType.XLSX: (".xlsx",),
    FileType.CMS: (".cms", ".p7s", ".p7m", ".sig", ".pem"),
    FileType.JSON: (".json",),
}

_HEAD_BYTES = 8192
_TAIL_BYTES = 2048
# What a Word file of many pages with pictures has; a zip bomb has more.
_PARTS_AT_MOST = 2_000
_UNPACKED_AT_MOST = 200 * 1024 * 1024
# A register of 200,000 rows is a third of it.
WORKBOOK_UNPACKED_AT_MOST = 600 * 1024 * 1024
_START_OF_SCAN = 0xDA
_TYPES_PART = "[Content_Types].xml"
_TYPES_AT_MOST = 1024 * 1024
# All that reading a broken or hostile zip raises; the libraries below it have no common ancestor.
_BROKEN_ZIP = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    OSError,
    EOFError,
    ValueError,
    RuntimeError,
)
_PEM = re.compile(rb"-----BEGIN (?:CMS|PKCS7)-----\s(.+?)-----END (?:CMS|PKCS7)-----", re.DOTALL)


def recognise(file: BinaryIO, name: str, allowed: tuple[FileType, ...]) -> FileType:
    """The type of a file by its content; `name` is what its owner calls it.

    Refuses a file of no allowed type, one that is cut off or carries macros, and one whose name
    says something else than its content.
    """
    ending = PurePosixPath(name.lower()).suffix
    named = next((kind for kind in allowed if ending in ENDINGS[kind]), None)
    if named is None:
        raise Refused(
            _("“%(name)s” is of a kind that is not taken. Send %(kinds)s.")
            % {"name": name, "kinds": _listed(allowed)}
        )
    found = _by_content(file, allowed)
    if found is None:
        raise Refused(
            _("“%(name)s” is damaged or not what its name says. Send %(kinds)s, saved anew.")
            % {"name": name, "kinds": _listed(allowed)}
        )
    if found != named:
        raise Refused(
            _("“%(name)s” is really a %(kind)s file. Give it the right ending and send it again.")
            % {"name": name, "kind": found.label}
        )
    return found


def accepted_by_browsers(allowed: tuple[FileType, ...]) -> str:
    """The value of a file field's `accept`: a phone offers its camera for images."""
    endings = (ending for kind in allowed for ending in ENDINGS[kind])
    return ",".join([*(CONTENT_TYPES[kind] for kind in allowed), *endings])


def der_of(content: bytes) -> bytes | None:
    """The DER bytes of a signature that comes as DER, PEM or bare base64; None if it is none."""
    pem = _PEM.search(content)
    text = pem[1] if pem else content
    if not text.startswith(b"\x30"):
        try:
            text = base64.b64decode(b"".join(text.split()), validate=True)
        except binascii.Error:
            return None
    return text if text.startswith(b"\x30") else None


def _by_content(file: BinaryIO, allowed: tuple[FileType, ...]) -> FileType | None:
    head, tail = _ends(file)
    if FileType.CMS in allowed:
        file.seek(0)
        # The storage limit of signatures is small; see registry.uploads.
        return FileType.CMS if der_of(file.read()) else None
    if FileType.CSV in allowed:
        if head.startswith(b"PK\x03\x04"):
            return FileType.XLSX if is_workbook(file) else None
        return _extract_type(head)
    try:
        guesses = {guess.mime_type for guess in puremagic.magic_string(head)}
    except (puremagic.PureError, ValueError):
        return None
    found: FileType | None = None
    if CONTENT_TYPES[FileType.PDF] in guesses and head.startswith(b"%PDF-") and b"%%EOF" in tail:
        found = FileType.PDF
    elif "image/jpeg" in guesses and _is_jpeg(file):
        found = FileType.JPEG
    elif "image/png" in guesses and head[12:16] == b"IHDR" and b"IEND" in tail:
        found = FileType.PNG
    elif head.startswith(b"PK\x03\x04") and _is_docx(file):
        found = FileType.DOCX
    return found if found in allowed else None


def _extract_type(head: bytes) -> FileType | None:
    """By the first bytes: packed, or text in an encoding that the import reads."""
    if head.startswith(b"\xfd7zXZ\x00"):
        return FileType.XZ
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return FileType.CSV
    return None if b"\x00" in head or head.startswith((b"PK", b"%PDF-")) else FileType.CSV


def _ends(file: BinaryIO) -> tuple[bytes, bytes]:
    file.seek(0)
    head = file.read(_HEAD_BYTES)
    size = file.seek(0, 2)
    file.seek(max(0, size - _TAIL_BYTES))
    return head, file.read(_TAIL_BYTES)


def _is_jpeg(file: BinaryIO) -> bool:
    """Its segments follow one another up to the picture itself. The end is not asked for: phones
    write a film or notes of their own behind it."""
    file.seek(0)
    if file.read(2) != b"\xff\xd8":
        return False
    while True:
        head = file.read(4)
        if len(head) < 4 or head[0] != 0xFF:
            return False
        length = int.from_bytes(head[2:])
        if head[1] == _START_OF_SCAN:
            return len(file.read(length)) == length
        if length < 2:
            return False
        file.seek(length - 2, 1)


def _is_docx(file: BinaryIO) -> bool:
    """A Word text of plain parts. Only its table of contents is unpacked, and no more of it than
    a megabyte, so that a bomb does not go off here."""
    try:
        with zipfile.ZipFile(file) as packed:
            parts = packed.infolist()
            names = {part.filename for part in parts}
            if not {_TYPES_PART, "word/document.xml"} <= names:
                return False
            if len(parts) > _PARTS_AT_MOST or any(part.flag_bits & 1 for part in parts):
                return False
            if sum(part.file_size for part in parts) > _UNPACKED_AT_MOST:
                return False
            with packed.open(_TYPES_PART) as part:
                types = part.read(_TYPES_AT_MOST).lower()
    except _BROKEN_ZIP:
        return False
    if any(name.lower().endswith(("vbaproject.bin", ".exe", ".js")) for name in names):
        raise _macros()
    if b"macroenabled" in types:
        raise _macros()
    return b"wordprocessingml.document.main+xml" in types


def is_workbook(file: BinaryIO) -> bool:
    """An Excel workbook of plain parts, that unpacks to no more than a register can be, and
    declares no entities. Nothing but the beginning of each part is unpacked."""
    try:
        file.seek(0)
        with zipfile.ZipFile(file) as packed:
            parts = packed.infolist()
            names = {part.filename for part in parts}
            if not {_TYPES_PART, "xl/workbook.xml"} <= names:
                return False
            if len(parts) > _PARTS_AT_MOST or any(part.flag_bits & 1 for part in parts):
                return False
            if sum(part.file_size for part in parts) > WORKBOOK_UNPACKED_AT_MOST:
                return False
            if any(_declares(packed, part) for part in parts):
                return False
            with packed.open(_TYPES_PART) as types:
                return b"macroenabled" not in types.read(_TYPES_AT_MOST).lower()
    except _BROKEN_ZIP:
        return False


def _declares(packed: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    """Whether a part of XML begins with declarations of its own: no workbook needs them."""
    if not part.filename.endswith((".xml", ".rels")):
        return False
    with packed.open(part) as content:
        return b"<!" in content.read(_HEAD_BYTES)


def _macros() -> Refused:
    return Refused(
        _("This Word file holds macros or programs. Save it as PDF, or as DOCX without macros.")
    )


def _listed(allowed: tuple[FileType, ...]) -> str:
    return ", ".join(kind.label for kind in allowed)
