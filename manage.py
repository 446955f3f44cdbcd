#!/usr/bin/env python
"""The portal's command line."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")
    try:
        from django.core.management import execute_from_command_line
    except ImportError:
        sys.exit(
            "Django is not installed here. Run `make run` or `make test` once: they set it up."
        )
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
