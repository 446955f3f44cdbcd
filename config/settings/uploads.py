"""Where uploads are kept: a folder, or a bucket that speaks S3."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any


def on_disk(folder: Path | str) -> dict[str, Any]:
    """A folder that only the portal's own user reads, with no address on the web."""
    return {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": str(folder),
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    }


def from_environment(environment: Mapping[str, str], folder: Path | str) -> dict[str, Any]:
    """The bucket that UPLOADS_S3_BUCKET names, else the folder.

    With UPLOADS_S3_ENDPOINT for other makers' than Amazon's, UPLOADS_S3_REGION, and
    UPLOADS_S3_ACCESS_KEY with UPLOADS_S3_SECRET_KEY unless the machine itself has a role. Objects
    are private, and no address of one is ever handed out.
    """
    bucket = environment.get("UPLOADS_S3_BUCKET", "")
    if not bucket:
        return on_disk(folder)
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": bucket,
            "endpoint_url": environment.get("UPLOADS_S3_ENDPOINT") or None,
            "region_name": environment.get("UPLOADS_S3_REGION") or None,
            "access_key": environment.get("UPLOADS_S3_ACCESS_KEY") or None,
            "secret_key": environment.get("UPLOADS_S3_SECRET_KEY") or None,
            "default_acl": "private",
            "file_overwrite": False,
        },
    }
