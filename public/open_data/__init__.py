"""Open data of grants: 360Giving JSON and CSV (docs/decisions/0053-open-data-of-grants.md)."""
