"""Which browser looks at the pages, and how is it started?"""

from __future__ import annotations

import os
from pathlib import Path

from playwright.sync_api import ViewportSize

# Debian's package; CHROMIUM names another one.
PROGRAM = Path(os.environ.get("CHROMIUM") or "/usr/bin/chromium")
IS_REQUIRED = os.environ.get("REQUIRE_BROWSER") == "1"
ABSENT = f"There is no Chromium at {PROGRAM}: apt-get install chromium, or set CHROMIUM."
ARGUMENTS = [
    "--no-sandbox",  # containers often run as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE: ViewportSize = {"width": 390, "height": 844}
# The narrowest that WCAG 2.2 asks for (1.4.10 Reflow): 1280 px at 400 %.
NARROWEST: ViewportSize = {"width": 320, "height": 640}
DESK: ViewportSize = {"width": 1280, "height": 900}


def launch_options() -> dict[str, object]:
    return {"executable_path": str(PROGRAM), "args": ARGUMENTS}
