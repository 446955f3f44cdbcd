"""An electronic signature counts when everything about it is right, and is refused otherwise."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from cryptography.x509.oid import NameOID
from django.core.files.base import ContentFile
from django.db import IntegrityError
from django.utils import translation
from pytest_django import Settings

from accounts.models import User
from accounts.refusals import Refused
from registry.ledger import commitment
from registry.models import StoredFile
from registry.uploads import uploads_storage
from reregistration.filing import frozen
from reregistration.models import Filing, FilingSignature
from reregistration.signing import cms, means
from reregistration.states import SigningMeans
from tests.factories.files import StoredFileFactory
from tests.factories.registry import valid_bin
from tests.factories.reregistration import FilingFactory
from tests.reregistration.signing.authority import Authority, Signer, signature

AUTHORITY = Authority()
BIN = valid_bin(77)
HEAD = AUTHORITY.head_of(BIN)
SUBMITTED_AT = datetime(2026, 9, 1, 7, tzinfo=UTC)
SIGNED_AT = SUBMITTED_AT + timedelta(hours=2)
AT = SUBMITTED_AT + timedelta(hours=3)
SAMPLE = signature(b"content", HEAD, signed_at=SIGNED_AT)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def trusted(settings: Settings, tmp_path: Path) -> None:
    settings.SIGNING_TRUST_ROOTS = AUTHORITY.trusted_in(tmp_path)


@pytest.fixture
def filed(db: None) -> Filing:
    made: Filing = FilingFactory.create(
        submitted=True, submitted_at=SUBMITTED_AT, obligation__organisation__bin=BIN
    )
    return made


def kept(content: bytes, sha256: str = "c" * 64) -> StoredFile:
    stored: StoredFile = StoredFileFactory.build(
        kind="cms", name="F.cms", sha256=sha256, uploaded_by=None
    )
    uploads_storage().save(stored.path, ContentFile(content))
    return stored


def add(
    filed: Filing, by: User, content: bytes, *, at: datetime = AT, sha256: str = "c" * 64
) -> FilingSignature:
    stored = kept(content, sha256)
    stored.uploaded_by = by
    stored.save()
    return cms.add(filed, stored, by=by, at=at)


class TestGood:
    @pytest.mark.parametrize("is_attached", [True, False])
    def test_attached_and_detached_are_kept(
        self, filed: Filing, alice: User, is_attached: bool
    ) -> None:
        sent = signature(frozen(filed), HEAD, signed_at=SIGNED_AT, is_attached=is_attached)
        made = add(filed, alice, sent)
        made.refresh_from_db()
        assert (made.bin, made.signed_at, made.by, made.at) == (BIN, SIGNED_AT, alice, AT)
        assert made.certificate_serial == f"{HEAD.certificate.serial_number:x}"
        assert made.signer_name.name == "ӨТЕГЕНОВ ЕРЖАН"
        assert made.signer == commitment("ӨТЕГЕНОВ ЕРЖАН", bytes(made.signer_name.salt))

    @pytest.mark.parametrize(
        "packed",
        [
            base64.b64encode,
            base64.encodebytes,
            lambda der: b"-----BEGIN CMS-----\n" + base64.encodebytes(der) + b"-----END CMS-----",
        ],
    )
    def test_base64_and_pem_are_read(self, filed: Filing, alice: User, packed: object) -> None:
        sent = signature(frozen(filed), HEAD, signed_at=SIGNED_AT)
        assert add(filed, alice, packed(sent)).pk  # type: ignore[operator]

    @pytest.mark.parametrize(
        "how", [{"digest": "sha512"}, {"is_pss": True}, {"by_identifier": True}], ids=str
    )
    def test_other_digests_paddings_and_identifiers(
        self, filed: Filing, alice: User, how: dict[str, str]
    ) -> None:
        sign = partial(signature, frozen(filed), HEAD, signed_at=SIGNED_AT)
        assert add(filed, alice, sign(**how)).pk  # type: ignore[arg-type]

    def test_an_elliptic_key(self, filed: Filing, alice: User) -> None:
        signer = AUTHORITY.head_of(BIN, kind="ec")
        assert add(filed, alice, signature(frozen(filed), signer, signed_at=SIGNED_AT)).pk

    def test_the_bin_may_stand_in_the_identifier_of_the_organisation(
        self, filed: Filing, alice: User
    ) -> None:
        others = ((NameOID.ORGANIZATION_IDENTIFIER, f"BIN{BIN}"),)
        signer = AUTHORITY.head_of("", others=others)
        assert add(filed, alice, signature(frozen(filed), signer, signed_at=SIGNED_AT)).pk

    def test_a_certificate_that_expired_after_the_signature_counts(
        self, filed: Filing, alice: User
    ) -> None:
        signer = AUTHORITY.head_of(BIN, end=SIGNED_AT + timedelta(minutes=5))
        sent = signature(frozen(filed), signer, signed_at=SIGNED_AT)
        assert add(filed, alice, sent, at=SIGNED_AT + timedelta(days=1)).pk

    def test_the_same_file_twice_is_one_signature(self, filed: Filing, alice: User) -> None:
        sent = signature(frozen(filed), HEAD, signed_at=SIGNED_AT)
        assert add(filed, alice, sent) == add(filed, alice, sent)

    def test_a_second_signature_is_refused(self, filed: Filing, alice: User) -> None:
        sent = signature(frozen(filed), HEAD, signed_at=SIGNED_AT)
        add(filed, alice, sent)
        with pytest.raises(Refused, match="an electronic signature already"):
            add(filed, alice, sent, sha256="d" * 64)

    def test_it_is_never_changed(self, filed: Filing, alice: User) -> None:
        made = add(filed, alice, signature(frozen(filed), HEAD, signed_at=SIGNED_AT))
        with pytest.raises(IntegrityError, match="append-only"):
            FilingSignature.objects.filter(pk=made.pk).update(bin="0" * 12)

    def test_the_means_are_told(self, filed: Filing, alice: User) -> None:
        filed.submitted_by = alice
        assert means.of(filed) == [SigningMeans.DECLARATION]
        add(filed, alice, signature(frozen(filed), HEAD, signed_at=SIGNED_AT))
        assert means.of(filed) == [SigningMeans.DECLARATION, SigningMeans.CMS]


class TestRefused:
    def refused(self, filed: Filing, by: User, sent: bytes, sentence: str) -> None:
        with pytest.raises(Refused, match=sentence):
            add(filed, by, sent)
        assert not FilingSignature.objects.exists()

    @pytest.mark.parametrize("is_attached", [True, False])
    def test_a_signature_over_other_bytes(
        self, filed: Filing, alice: User, is_attached: bool
    ) -> None:
        sent = signature(frozen(filed) + b" ", HEAD, signed_at=SIGNED_AT, is_attached=is_attached)
        self.refused(filed, alice, sent, "What was signed is not this filing")

    def test_other_bytes_attached_to_a_digest_of_these(self, filed: Filing, alice: User) -> None:
        sent = signature(
            b"{}", HEAD, signed_at=SIGNED_AT, is_attached=True, says_digest_of=frozen(filed)
        )
        self.refused(filed, alice, sent, "What was signed is not this filing")

    def test_a_key_of_another_organisation(self, filed: Filing, alice: User) -> None:
        signer = AUTHORITY.head_of(valid_bin(78))
        sent = signature(frozen(filed), signer, signed_at=SIGNED_AT)
        self.refused(filed, alice, sent, f"another organisation .BIN {valid_bin(78)}")

    def test_a_key_of_two_organisations(self, filed: Filing, alice: User) -> None:
        others = ((NameOID.ORGANIZATION_IDENTIFIER, f"BIN{valid_bin(78)}"),)
        signer = AUTHORITY.head_of(BIN, others=others)
        sent = signature(frozen(filed), signer, signed_at=SIGNED_AT)
        self.refused(filed, alice, sent, "another organisation")

    def test_a_persons_own_key(self, filed: Filing, alice: User) -> None:
        sent = signature(frozen(filed), AUTHORITY.head_of(""), signed_at=SIGNED_AT)
        self.refused(filed, alice, sent, "a person's own key")

    def test_an_organisation_without_bin(self, alice: User) -> None:
        filed = FilingFactory.create(
            submitted=True, submitted_at=SUBMITTED_AT, obligation__organisation__bin=None
        )
        sent = signature(frozen(filed), HEAD, signed_at=SIGNED_AT)
        self.refused(filed, alice, sent, "holds no BIN")

    @pytest.mark.parametrize(
        "dates",
        [
            {"end": SIGNED_AT - timedelta(minutes=1)},
            {"begin": SIGNED_AT + timedelta(minutes=1)},
        ],
        ids=["expired", "not yet valid"],
    )
    def test_a_certificate_that_was_not_valid(
        self, filed: Filing, alice: User, dates: dict[str, Any]
    ) -> None:
        sent = signature(frozen(filed), AUTHORITY.head_of(BIN, **dates), signed_at=SIGNED_AT)
        self.refused(filed, alice, sent, "was not valid on the day of signing")

    def test_another_authority(self, filed: Filing, alice: User) -> None:
        sent = signature(frozen(filed), Authority().head_of(BIN), signed_at=SIGNED_AT)
        self.refused(filed, alice, sent, "not from the national authority")

    def test_a_key_for_signing_in(self, filed: Filing, alice: User) -> None:
        signer = AUTHORITY.head_of(BIN, for_papers=False)
        sent = signature(frozen(filed), signer, signed_at=SIGNED_AT)
        self.refused(filed, alice, sent, "for signing in, not for signing papers")

    def test_two_signers(self, filed: Filing, alice: User) -> None:
        sent = signature(frozen(filed), HEAD, AUTHORITY.head_of(BIN), signed_at=SIGNED_AT)
        self.refused(filed, alice, sent, "holds 2 signatures")

    def test_no_signer(self, filed: Filing, alice: User) -> None:
        self.refused(filed, alice, signature(frozen(filed), signed_at=SIGNED_AT), "0 signatures")

    @pytest.mark.parametrize("without", ["message_digest", "signing_time", "content_type"])
    def test_a_signature_that_does_not_say_what_or_when(
        self, filed: Filing, alice: User, without: str
    ) -> None:
        sent = signature(frozen(filed), HEAD, signed_at=SIGNED_AT, without=without)
        self.refused(filed, alice, sent, "does not say what was signed, or when")

    def test_a_moment_that_was_changed_afterwards(self, filed: Filing, alice: User) -> None:
        sent = signature(frozen(filed), HEAD, signed_at=SIGNED_AT)
        changed = sent.replace(b"260901090000Z", b"260901090001Z")
        assert changed != sent
        self.refused(filed, alice, changed, "does not verify")

    @pytest.mark.parametrize(
        "signed_at", [SUBMITTED_AT - timedelta(minutes=11), AT + timedelta(minutes=11)]
    )
    def test_an_impossible_moment(self, filed: Filing, alice: User, signed_at: datetime) -> None:
        sent = signature(frozen(filed), HEAD, signed_at=signed_at)
        self.refused(filed, alice, sent, "which cannot be")

    def test_a_weak_digest(self, filed: Filing, alice: User) -> None:
        sent = signature(frozen(filed), HEAD, signed_at=SIGNED_AT, digest="sha1")
        self.refused(filed, alice, sent, "“sha1”, which is too weak")

    def test_gost_is_told_by_its_name(self, filed: Filing, alice: User) -> None:
        # The digest's identifier, sha256, made Kazakhstan's of the same length.
        sent = signature(frozen(filed), HEAD, signed_at=SIGNED_AT)
        sha256 = bytes.fromhex("0609608648016503040201")
        gost = bytes.fromhex("06092a830e030a01030101")
        self.refused(filed, alice, sent.replace(sha256, gost), "a GOST key")

    def test_a_key_of_another_kind_than_the_signature_says(
        self, filed: Filing, alice: User
    ) -> None:
        stranger = AUTHORITY.head_of(BIN)
        mixed = Signer(HEAD.certificate, stranger.key)
        sent = signature(frozen(filed), mixed, signed_at=SIGNED_AT)
        self.refused(filed, alice, sent, "does not verify")

    def test_while_no_authority_is_set_up(
        self,
        filed: Filing,
        alice: User,
        settings: Settings,
        tmp_path: Path,
    ) -> None:
        empty = tmp_path / "empty"
        empty.mkdir()
        sent = signature(frozen(filed), HEAD, signed_at=SIGNED_AT)
        for folder in ("", empty):
            settings.SIGNING_TRUST_ROOTS = folder
            self.refused(filed, alice, sent, "cannot be checked yet")

    def test_a_draft(self, alice: User) -> None:
        self.refused(FilingFactory.create(), alice, SAMPLE, "Submit the filing first")
