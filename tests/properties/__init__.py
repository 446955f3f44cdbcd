"""A small world driven in random order: what must hold of marking holds after every step."""
