"""Which parts of a benchmark are asked for on its command line."""

import argparse
from collections.abc import Collection


def add_parts(parser: argparse.ArgumentParser, parts: Collection[str]) -> None:
    """Let `parts` be named one by one; all of them when none is."""

    # Not argparse's own choices: of an argument that may be left out it lists what stands for nothing, too.
    def known(name: str) -> str:
        if name not in parts:
            raise argparse.ArgumentTypeError(f"there is no {name!r}, only {', '.join(parts)}")
        return name

    shown = "{" + ",".join(parts) + "}"
    parser.add_argument("parts", nargs="*", type=known, default=[*parts], metavar=shown, help="all, unless named")
