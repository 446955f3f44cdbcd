"""The documents that the portal gives out as PDF: how they are made, and that of a notice.

Receipts and certificates, made of what the campaign knows, are in `reregistration.documents`.
"""

from notices.documents.attachments import attached_to
from notices.documents.letterhead import letterhead, verify_address
from notices.documents.notice import notice_pdf, parts_of
from notices.documents.rendering import Attached, render

__all__ = [
    "Attached",
    "attached_to",
    "letterhead",
    "notice_pdf",
    "parts_of",
    "render",
    "verify_address",
]
