"""The sections of a filing: what each asks, what must be there, how it reads in words."""
