"""The 360Giving standard's package schema, read from the files beside it alone."""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry
from referencing.jsonschema import DRAFT202012

_HERE = Path(__file__).parent / "schema"
_ADDRESS = (
    "https://raw.githubusercontent.com/ThreeSixtyGiving/standard/{}/schema/360-giving-schema.json"
)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")

formats = FormatChecker(formats=())


def is_moment(value: object) -> bool:
    """RFC 3339. Unchecked, a plain date would be a moment too, and fit twice where one may."""
    if not isinstance(value, str):
        return True
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return _MOMENT.fullmatch(value) is not None


def is_address(value: object) -> bool:
    if not isinstance(value, str):
        return True
    parts = urlsplit(value)
    return bool(parts.scheme and parts.netloc) and not re.search(r"\s", value)


formats.checks("date-time")(is_moment)
formats.checks("uri")(is_address)


def _read(name: str) -> Any:
    return json.loads((_HERE / name).read_text())


def validator() -> Draft202012Validator:
    # Both files name their dialect by an address that is not its own ("http:").
    of_a_grant = DRAFT202012.create_resource(_read("360-giving-schema.json"))
    registry: Registry[Any] = Registry().with_resources(
        [(_ADDRESS.format(version), of_a_grant) for version in ("1.4.2", "1.4.3")]
    )
    package = _read("360-giving-package-schema.json")
    Draft202012Validator.check_schema(package)
    return Draft202012Validator(package, registry=registry, format_checker=formats)


def faults(package: Any) -> list[str]:
    return [
        f"{'/'.join(map(str, fault.absolute_path))}: {fault.message[:300]}"
        for fault in validator().iter_errors(package)
    ]
