from __future__ import annotations

import hashlib
import logging
import socket
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.http import Http404
from django.utils import translation
from pytest_django import Settings

from accounts.models import User
from accounts.refusals import Refused
from config.settings import uploads as settings_of_uploads
from registry import uploads
from registry.models import StoredFile
from registry.uploads import cleaned_name, download, take
from tests.factories.files import EICAR, PDF, StoredFileFactory, docx, upload
from tests.registry.clamd_stub import clamd

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def folder(settings: Settings, tmp_path: Path) -> Path:
    """Uploads on disk, as on a server without S3."""
    settings.STORAGES = {**settings.STORAGES, "uploads": settings_of_uploads.on_disk(tmp_path)}
    return tmp_path


class TestTaking:
    def test_a_file_is_kept_under_a_random_name_with_its_facts(
        self, folder: Path, alice: User, at: datetime
    ) -> None:
        stored = take(upload("Жарғы 2024.pdf"), by=alice, at=at)
        stored.refresh_from_db()
        assert (stored.name, stored.kind, stored.size) == ("Жарғы 2024.pdf", "pdf", len(PDF))
        assert stored.sha256 == hashlib.sha256(PDF).hexdigest()
        assert (stored.uploaded_by, stored.uploaded_at) == (alice, at)
        assert (stored.scan, stored.scanned_at) == (StoredFile.Scan.NOT_SCANNED, None)
        kept = folder / stored.path
        assert kept.read_bytes() == PDF
        assert kept.stat().st_mode & 0o777 == 0o600
        assert kept.parent.stat().st_mode & 0o777 == 0o700

    @pytest.mark.usefixtures("folder")
    def test_two_files_of_one_name_lie_apart(self, alice: User, at: datetime) -> None:
        one, other = (take(upload(), by=alice, at=at) for _ in range(2))
        assert one.path != other.path

    def test_a_large_upload_that_django_put_on_disk_is_taken_too(
        self, folder: Path, alice: User, at: datetime
    ) -> None:
        large = TemporaryUploadedFile("a.docx", "", len(docx()), "")
        large.write(docx())
        large.seek(0)
        stored = take(large, by=alice, at=at)
        large.close()  # as the request does at its end
        assert (folder / stored.path).read_bytes() == docx()
        assert stored.sha256 == hashlib.sha256(docx()).hexdigest()

    @pytest.mark.usefixtures("folder")
    def test_an_upload_has_no_address(self, alice: User, at: datetime) -> None:
        stored = take(upload(), by=alice, at=at)
        assert not uploads.uploads_storage().url(stored.path).startswith(("http", "/media"))

    @pytest.mark.parametrize(
        ("content", "sentence"),
        [
            (b"", "is empty"),
            (PDF + bytes(2_000_000), "larger than 1 MB"),
            (b"GIF89a", "damaged"),
        ],
    )
    def test_what_is_refused_leaves_neither_file_nor_row(
        self,
        folder: Path,
        settings: Settings,
        alice: User,
        at: datetime,
        content: bytes,
        sentence: str,
    ) -> None:
        settings.UPLOAD_MAX_BYTES = 1024 * 1024
        with pytest.raises(Refused, match=sentence):
            take(upload(content=content), by=alice, at=at)
        assert not StoredFile.objects.exists()
        assert list(folder.iterdir()) == []


class TestScanning:
    def test_a_clean_file_says_when_it_was_scanned(
        self, settings: Settings, alice: User, at: datetime
    ) -> None:
        with clamd() as server:
            settings.CLAMAV_URL = server.url
            stored = take(upload(), by=alice, at=at)
        assert (stored.scan, stored.scanned_at) == (StoredFile.Scan.CLEAN, at)
        assert server.scanned == [PDF]

    def test_a_virus_is_refused_by_its_name(
        self, settings: Settings, alice: User, at: datetime
    ) -> None:
        infected = PDF[:20] + EICAR + PDF[20:]
        with clamd() as server:
            settings.CLAMAV_URL = server.url
            with pytest.raises(Refused, match=r"holds a virus \(Eicar"):
                take(upload(content=infected), by=alice, at=at)
        assert not StoredFile.objects.exists()

    @pytest.mark.parametrize(
        "answer", [b"", b"INSTREAM size limit exceeded. ERROR\n", b"stream: broken ERROR\n", b"?\n"]
    )
    def test_no_clear_answer_is_a_refusal(
        self, settings: Settings, alice: User, at: datetime, answer: bytes
    ) -> None:
        with clamd(answer=answer) as server:
            settings.CLAMAV_URL = server.url
            with pytest.raises(Refused, match="try again later"):
                take(upload(), by=alice, at=at)

    def test_a_scanner_that_hangs_is_waited_for_no_longer_than_the_limit(
        self, settings: Settings, alice: User, at: datetime
    ) -> None:
        settings.CLAMAV_TIMEOUT_SECONDS = 0.1
        with clamd(hangs=True) as server:
            settings.CLAMAV_URL = server.url
            with pytest.raises(Refused, match="try again later"):
                take(upload(), by=alice, at=at)
        assert not StoredFile.objects.exists()

    @pytest.mark.parametrize("scheme", ["tcp", "unix"])
    def test_a_scanner_that_is_away_refuses(
        self, settings: Settings, alice: User, at: datetime, scheme: str, tmp_path: Path
    ) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        away = {"tcp": f"tcp://127.0.0.1:{port}", "unix": f"unix://{tmp_path}/clamd.sock"}
        settings.CLAMAV_URL = away[scheme]
        with pytest.raises(Refused, match="try again later"):
            take(upload(), by=alice, at=at)


class TestDownload:
    def test_it_is_an_attachment_that_no_browser_shows_and_no_cache_keeps(self) -> None:
        stored = StoredFileFactory.create(name="Жарғы.pdf")
        response = download(stored)
        assert response.getvalue() == PDF
        response.close()
        assert response["Content-Type"] == "application/pdf"
        assert response["Content-Length"] == str(len(PDF))
        assert response["Content-Disposition"] == (
            "attachment; filename*=utf-8''%D0%96%D0%B0%D1%80%D2%93%D1%8B.pdf"
        )
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Cache-Control"] == "private, no-store"
        assert "sandbox" in response["Content-Security-Policy"]

    def test_a_lost_file_is_told_to_the_operator(self, caplog: pytest.LogCaptureFixture) -> None:
        stored = StoredFileFactory.create()
        uploads.uploads_storage().delete(stored.path)
        with caplog.at_level(logging.ERROR), pytest.raises(Http404):
            download(stored)
        assert f"StoredFile {stored.pk}" in caplog.text


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("charter.pdf", "charter.pdf"),
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\docs\\Жарғы.pdf", "Жарғы.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie_ x.pdf"),
        ("evil\u202efdp.exe", "evilfdp.exe"),
        ('a"b<c>|?.pdf', "a_b_c___.pdf"),
        ("...", "file"),
        ("", "file"),
        ("я" * 300 + ".pdf", "я" * 146 + ".pdf"),
    ],
)
def test_a_name_is_cleaned_and_keeps_its_ending(given: str, kept: str) -> None:
    assert cleaned_name(given) == kept


def test_a_bucket_is_used_when_it_is_named(tmp_path: Path) -> None:
    bucket = settings_of_uploads.from_environment(
        {"UPLOADS_S3_BUCKET": "uploads", "UPLOADS_S3_ENDPOINT": "https://s3.example"}, tmp_path
    )
    assert bucket["BACKEND"] == "storages.backends.s3.S3Storage"
    assert bucket["OPTIONS"]["default_acl"] == "private"
    assert bucket["OPTIONS"]["file_overwrite"] is False
    disk = settings_of_uploads.from_environment({}, tmp_path)
    assert disk["OPTIONS"]["location"] == str(tmp_path)
