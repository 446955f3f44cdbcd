"""Which files of the packages do pages load?"""

from __future__ import annotations

from django.contrib.staticfiles.apps import StaticFilesConfig


class StaticConfig(StaticFilesConfig):
    """Collects what pages load, and no variants of it: they cost minutes to compress."""

    ignore_patterns = [
        *StaticFilesConfig.ignore_patterns,
        "bootstrap.css*",
        "bootstrap.rtl.*",
        "bootstrap-*",
        "bootstrap.js*",
        "bootstrap.bundle.*",
        "bootstrap.esm.*",
        "htmax-*",
        "htmx-2.js",
        "htmx-4*",
        "rest_framework",
    ]
