"""JSON whose sums are written digit by digit: a Decimal never becomes a float on its way out."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any


def exact(value: Any) -> str:
    if isinstance(value, dict):
        inside = ",".join(f"{exact(key)}:{exact(part)}" for key, part in value.items())
        return f"{{{inside}}}"
    if isinstance(value, list):
        return f"[{','.join(map(exact, value))}]"
    if isinstance(value, Decimal):
        return format(value, "f")
    return json.dumps(value, ensure_ascii=False)
