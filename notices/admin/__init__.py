"""Where staff read what was said to whom, give letters out and bring receipts back."""

from notices.admin.dispatches import DispatchAdmin
from notices.admin.letters import LetterBatchAdmin, ReceiptFileAdmin
from notices.admin.notices import (
    IssuedDocumentAdmin,
    NoticeAdmin,
    ServiceAdmin,
)
from notices.admin.templates import NoticeTemplateAdmin

__all__ = [
    "DispatchAdmin",
    "IssuedDocumentAdmin",
    "LetterBatchAdmin",
    "NoticeAdmin",
    "NoticeTemplateAdmin",
    "ReceiptFileAdmin",
    "ServiceAdmin",
]
