"""Django's PostgreSQL backend, on this checkout's own server."""
