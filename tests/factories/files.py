"""Small files of every kind that is taken, and of kinds that are not."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from datetime import UTC, datetime
from typing import Any

import factory
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from factory.django import DjangoModelFactory

from registry.models import StoredFile
from registry.uploads import uploads_storage
from tests.factories.accounts import UserFactory

PDF = (
    b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\nendobj\n"
    b"trailer << /Root 1 0 R >>\nstartxref\n9\n%%EOF\n"
)
JPEG = (
    b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00\xff\xd9"
)
# The test file that every virus scanner knows, in two parts so that this one is not found.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD" + rb"-ANTIVIRUS-TEST-FILE!$H+H*"


def png() -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + checksum

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"\x00\x00")
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def docx(**parts: bytes) -> bytes:
    """A Word file; a part is given as its path with `__` for `/` and `_dot_` for `.`."""
    types = (
        b'<Types><Override PartName="/word/document.xml" ContentType="application/vnd.openxml'
        b'formats-officedocument.wordprocessingml.document.main+xml"/></Types>'
    )
    content = {"[Content_Types].xml": types, "word/document.xml": b"<document/>"}
    content |= {name.replace("__", "/").replace("_dot_", "."): body for name, body in parts.items()}
    return zipped(content)


def zipped(content: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in content.items():
            archive.writestr(name, body)
    return packed.getvalue()


def upload(name: str = "charter.pdf", content: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


class StoredFileFactory(DjangoModelFactory[StoredFile]):
    """A kept PDF, in the storage and as a row."""

    class Meta:
        model = StoredFile

    name = "charter.pdf"
    kind = "pdf"
    size = len(PDF)
    sha256 = "a" * 64
    scan = StoredFile.Scan.NOT_SCANNED
    uploaded_by = factory.SubFactory(UserFactory)
    uploaded_at = datetime(2026, 9, 1, 9, tzinfo=UTC)

    @classmethod
    def _create(cls, model_class: type[StoredFile], *args: Any, **kwargs: Any) -> StoredFile:
        stored = model_class(*args, **kwargs)
        uploads_storage().save(stored.path, ContentFile(PDF))
        stored.save()
        return stored
