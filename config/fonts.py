"""The letters that the pages need, cut out of Inter: `python -m config.fonts` writes static/fonts.

Run again after a new version of unfold, which brings the whole font (SIL Open Font License 1.1,
static/fonts/LICENSE.txt). The files are committed: a page must not wait for a build.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import unfold
from fontTools import subset

SOURCE = Path(unfold.__file__).parent / "static" / "unfold" / "fonts" / "inter"
TARGET = Path(__file__).resolve().parent.parent / "static" / "fonts"
# Two weights: each costs a first visit about 12 kB.
WEIGHTS = ("Regular", "SemiBold")

RUSSIAN = "".join(map(chr, range(ord("А"), ord("я") + 1))) + "Ёё"
KAZAKH = "ӘәҒғҚқҢңӨөҰұҮүҺһІі"
LATIN = "".join(map(chr, range(0x20, 0x7F)))
# No-break and narrow no-break spaces group the digits of sums.
SIGNS = "\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}«»“”„‘’‚–—‑−…·•×§°№₸€←→✓"
LETTERS = LATIN + RUSSIAN + KAZAKH + SIGNS
# Pairs set close, and digits of one width in columns of sums.
FEATURES = ("kern", "tnum")


def cut(weight: str) -> Path:
    """Write one weight's subset; raises KeyError where the source lacks a letter."""
    options = subset.Options(flavor="woff2", layout_features=list(FEATURES), hinting=False)
    options.name_IDs = [0, 1, 2, 5, 13, 14]  # whose it is, and under which licence
    font = subset.load_font(str(SOURCE / f"Inter-{weight}.woff2"), options)
    absent = [letter for letter in LETTERS if ord(letter) not in font.getBestCmap()]
    if absent:
        raise KeyError(f"Inter {weight} lacks {absent}")
    subsetter = subset.Subsetter(options)
    subsetter.populate(text=LETTERS)
    subsetter.subset(font)
    # The moment of making would change the file's hash, and with it every browser's copy.
    font.recalcTimestamp = False
    path = TARGET / f"inter-{weight.lower()}.woff2"
    subset.save_font(font, str(path), options)
    return path


def main() -> None:
    TARGET.mkdir(exist_ok=True)
    for weight in WEIGHTS:
        path = cut(weight)
        print(f"{path.name}: {path.stat().st_size:,} bytes")
    shutil.copyfile(SOURCE / "LICENSE", TARGET / "LICENSE.txt")


if __name__ == "__main__":
    main()
