"""What are the regions of a role called? The register knows; here stand their codes alone.

Accounts stands below the register and imports nothing of it, so the register says how to ask.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.utils.translation import gettext as _

Ask = Callable[[Iterable[str]], dict[str, str]]
_asked: list[Ask] = []


def known_by(ask: Ask) -> None:
    """Name the function that gives names by codes, in the reader's language."""
    _asked[:] = [ask]


def in_words(codes: Iterable[str]) -> str:
    """The regions of a role; a code that nobody knows stands as it is."""
    codes = list(codes)
    if not codes:
        return _("all regions")
    names = _asked[0](codes) if _asked else {}
    return ", ".join(names.get(code, code) for code in codes)
