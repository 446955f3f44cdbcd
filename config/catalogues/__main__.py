"""The command: python -m config.catalogues update|check|compile."""

import argparse
import sys

from config.catalogues import files, gather, verdict


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m config.catalogues", description=__doc__)
    parser.add_argument("step", choices=["update", "check", "compile"])
    step = parser.parse_args().step
    if step == "update":
        messages = gather.messages(files.ROOT)
        for language in files.LANGUAGES:
            catalogue = files.update(language, messages)
            print(
                f"{language}: {len(catalogue)} messages, {verdict.untold(catalogue)} to translate"
            )
        return 0
    if step == "compile":
        for language in files.LANGUAGES:
            print(f"{language}: {files.compile_(language)} messages compiled")
        return 0
    faults = [fault for language in files.LANGUAGES for fault in verdict.faults(language)]
    print("\n".join(faults) or "Every message is translated.")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
