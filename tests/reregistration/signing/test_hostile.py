"""Whatever a stranger sends as a signature is verified or refused, never a fault of ours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from accounts.refusals import Refused
from registry.models import Organisation
from reregistration.filing import frozen
from reregistration.models import Filing, Obligation
from reregistration.signing import certificates, cms
from reregistration.signing.envelope import open_envelope
from tests.factories.registry import valid_bin
from tests.reregistration.signing.authority import Authority, signature

AUTHORITY = Authority()
BIN = valid_bin(79)
SIGNED_AT = datetime(2026, 9, 1, 9, tzinfo=UTC)
HEAD = AUTHORITY.head_of(BIN)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return AUTHORITY.trusted_in(tmp_path_factory.mktemp("trusted"))


def unsaved() -> Filing:
    obligation = Obligation(organisation=Organisation(bin=BIN))
    return Filing(obligation=obligation, submitted_at=SIGNED_AT)


@cache
def good() -> bytes:
    return signature(frozen(unsaved()), HEAD, signed_at=SIGNED_AT)


@st.composite
def changed(draw: st.DrawFn) -> bytes:
    """A good signature with some of its bytes replaced, left out or added."""
    place = draw(st.integers(0, len(good())))
    put, cut = draw(st.binary(max_size=6)), draw(st.integers(0, 6))
    return good()[:place] + put + good()[place + draw(st.sampled_from([cut, len(put)])) :]


@pytest.mark.django_db
@given(
    sent=st.one_of(
        changed(),
        st.binary(max_size=300),
        st.binary(max_size=300).map(lambda rest: b"\x30\x82" + rest),
        st.binary(max_size=99).map(lambda rest: b"-----BEGIN CMS-----\n" + rest),
    )
)
def test_it_is_verified_or_refused(folder: Path, sent: bytes) -> None:
    with override_settings(SIGNING_TRUST_ROOTS=folder):
        try:
            envelope = open_envelope(sent)
            cms.verify(envelope, unsaved(), at=SIGNED_AT + timedelta(hours=1))
        except Refused:
            return
    # What was changed lies outside of what is signed.
    assert certificates.bins_of(envelope.certificate) == {BIN}
    assert certificates.name_of(envelope.certificate)
