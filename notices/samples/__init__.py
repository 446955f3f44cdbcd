"""How will a wording look in a letter? With the longest values, with the emptiest, for a real one.

A sample is a dispatch that is never saved: what shows a dispatch shows it too, whichever channel.
Its number is one that the sequences never give.
"""

from notices.samples.made import EMPTIEST, LONGEST, Whose, of, sample

__all__ = ["EMPTIEST", "LONGEST", "Whose", "of", "sample"]
