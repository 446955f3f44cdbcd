"""The register as the ministry's staff see it: everything to read, little to write."""

from registry.admin import codes, extracts, history, imports, organisations, representatives, seals

__all__ = ["codes", "extracts", "history", "imports", "organisations", "representatives", "seals"]
