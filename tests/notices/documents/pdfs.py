"""Reading a PDF back, as an archive and a screen reader would."""

from __future__ import annotations

import io
import re
from typing import Any

import pypdf


def opened(pdf: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(pdf))


def text_of(pdf: bytes) -> str:
    """The text of all pages, in one line and without the marks where a long word may break."""
    text = " ".join(page.extract_text() for page in opened(pdf).pages)
    return " ".join(text.replace("\u200b", "").split())


def says(pdf: bytes, text: str) -> bool:
    """Whether the text stands in it, wherever its lines break."""
    return "".join(text.split()) in "".join(text_of(pdf).split())


def claims(pdf: bytes) -> dict[str, str]:
    """What the metadata claim: the PDF/A part and conformance, the PDF/UA part."""
    metadata = opened(pdf).xmp_metadata
    assert metadata is not None
    xmp = metadata.stream.get_data().decode()
    return dict(re.findall(r"<(pdf(?:a|ua)id:\w+)>([^<]+)<", xmp))


def fonts_without_file(pdf: bytes) -> list[str]:
    """Fonts that the document names and does not bring along."""
    missing = []
    for page in opened(pdf).pages:
        fonts: Any = page["/Resources"].get_object().get("/Font", {})  # type: ignore[union-attr]
        for font in fonts.values():
            for part in font.get_object()["/DescendantFonts"]:
                descriptor = part.get_object()["/FontDescriptor"].get_object()
                if not any(f"/FontFile{kind}" in descriptor for kind in ("", "2", "3")):
                    missing.append(str(descriptor["/FontName"]))
    return missing
