"""Which file goes with the e-mail of a notice?

The setting NOTICE_ATTACHMENTS names, by kind of notice, the function that makes it: what a
receipt or a certificate says is known in layers above this one.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import lru_cache

from django.conf import settings
from django.utils.module_loading import import_string

from notices.documents.rendering import Attached
from notices.models import Notice

logger = logging.getLogger(__name__)

Maker = Callable[[Notice], Attached]


def attached_to(notice: Notice) -> Attached | None:
    """The file for that notice's e-mail, or None; a sample, which nobody was sent, has none.

    A file that cannot be made never holds the letter back: the failure is logged, and the text
    says where to download it.
    """
    path = settings.NOTICE_ATTACHMENTS.get(notice.kind)
    if not path or notice.pk is None:
        return None
    try:
        return _maker(path)(notice)
    except Exception:
        logger.exception("Notice %s goes out without its file.", notice.number)
        return None


@lru_cache(maxsize=32)
def _maker(path: str) -> Maker:
    maker: Maker = import_string(path)
    return maker
