"""How does a verb say no?"""


class Refused(Exception):  # noqa: N818 - it is no error: it is an answer
    """A verb's refusal. Its message is a sentence a person can read: what, where, what to do."""
