from __future__ import annotations

import base64
import io

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from accounts.refusals import Refused
from registry.file_types import DOCUMENTS, SIGNATURES, FileType, recognise
from tests.factories.files import JPEG, PDF, docx, png, zipped

DER = b"\x30\x03\x02\x01\x05"


def seen(name: str, content: bytes, allowed: tuple[FileType, ...] = DOCUMENTS) -> FileType:
    with translation.override("en"):
        return recognise(io.BytesIO(content), name, allowed)


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("charter.pdf", PDF, FileType.PDF),
        ("ЖАРҒЫ.PDF", PDF, FileType.PDF),
        ("IMG_1.jpg", JPEG, FileType.JPEG),
        ("IMG_1.jpeg", JPEG + b"a film that the phone wrote behind the picture", FileType.JPEG),
        ("page.png", png(), FileType.PNG),
        ("text.docx", docx(), FileType.DOCX),
    ],
)
def test_papers_are_known_by_their_content(name: str, content: bytes, kind: FileType) -> None:
    assert seen(name, content) == kind


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("charter.pdf", PDF[: len(PDF) // 2]),
        ("charter.pdf", b"\n" + PDF),
        ("charter.pdf", b"MZ" + bytes(200)),
        ("charter.pdf", b"<html><script>1</script></html>"),
        ("photo.jpg", JPEG[:12]),
        ("photo.jpg", b"\xff\xd8\xff" + b"\x00" * 100),
        ("page.png", png()[:-12]),
        ("text.docx", zipped({"word/document.xml": b"", "other": b""})),
        ("text.docx", zipped({"xl/workbook.xml": b"", "[Content_Types].xml": b""})),
        ("text.docx", docx()[:-30]),
    ],
)
def test_a_cut_off_or_disguised_file_is_refused(name: str, content: bytes) -> None:
    with pytest.raises(Refused, match="damaged or not what its name says"):
        seen(name, content)


@pytest.mark.parametrize("name", ["run.exe", "page.html", "drawing.svg", "old.doc", "charter", ""])
def test_other_kinds_are_refused_with_those_that_are_taken(name: str) -> None:
    with pytest.raises(Refused, match=r"of a kind that is not taken\. Send PDF, JPEG, PNG, DOCX"):
        seen(name, PDF)


def test_a_name_that_says_another_kind_is_refused_and_told_which() -> None:
    with pytest.raises(Refused, match="is really a JPEG file"):
        seen("photo.pdf", JPEG)


@pytest.mark.parametrize(
    "content",
    [
        docx(word__vbaProject_dot_bin=b"macro"),
        docx(word__embeddings__setup_dot_EXE=b"MZ"),
        zipped(
            {
                "[Content_Types].xml": b"application/vnd.ms-word.document.macroEnabled.main+xml",
                "word/document.xml": b"",
            }
        ),
    ],
)
def test_macros_and_programs_in_a_word_file_are_refused(content: bytes) -> None:
    with pytest.raises(Refused, match="macros or programs"):
        seen("text.docx", content)


def test_a_zip_bomb_is_refused_without_unpacking_it() -> None:
    bomb = docx(word__media__a_dot_png=bytes(201 * 1024 * 1024))
    assert len(bomb) < 300_000
    with pytest.raises(Refused, match="damaged"):
        seen("text.docx", bomb)


def test_a_word_file_of_thousands_of_parts_is_refused() -> None:
    with pytest.raises(Refused, match="damaged"):
        seen("text.docx", docx(**{f"word__part{n}": b"" for n in range(2_100)}))


@pytest.mark.parametrize(
    "content",
    [
        DER,
        base64.b64encode(DER),
        b"-----BEGIN CMS-----\r\n" + base64.encodebytes(DER) + b"-----END CMS-----\r\n",
        b"-----BEGIN PKCS7-----\n" + base64.encodebytes(DER) + b"-----END PKCS7-----",
    ],
)
def test_a_signature_comes_as_der_base64_or_pem(content: bytes) -> None:
    assert seen("filing.cms", content, SIGNATURES) == FileType.CMS


def test_a_signature_is_no_paper_and_a_paper_no_signature() -> None:
    with pytest.raises(Refused):
        seen("filing.cms", DER, DOCUMENTS)
    with pytest.raises(Refused):
        seen("filing.cms", PDF, SIGNATURES)


@given(
    content=st.one_of(
        st.binary(max_size=400),
        st.binary(max_size=60).map(lambda tail: PDF[:9] + tail),
        st.binary(max_size=60).map(lambda tail: JPEG[:4] + tail),
        st.tuples(st.integers(0, 300), st.binary(max_size=40)).map(
            lambda cut: docx()[: cut[0]] + cut[1] + docx()[cut[0] + len(cut[1]) :]
        ),
    ),
    name=st.sampled_from(["a.pdf", "a.jpg", "a.png", "a.docx", "a.cms"]),
)
def test_whatever_comes_is_taken_or_refused(content: bytes, name: str) -> None:
    for allowed in (DOCUMENTS, SIGNATURES):
        try:
            found = seen(name, content, allowed)
        except Refused:
            continue
        assert found in allowed
