"""`python3 -m breach.boot.build`: makes what git ignores and pages need, for images that set BREACH_SETUP=off."""

from __future__ import annotations

import sys

from breach.boot.assets import AssetsMissing, install_assets
from breach.boot.messages import compile_messages
from breach.boot.service import CHECKOUT


def main() -> None:
    """Styles, fonts and icons from npm, and the compiled translations; a second run is free."""
    try:
        install_assets(CHECKOUT)
    except AssetsMissing as problem:
        sys.exit(str(problem))
    compile_messages(CHECKOUT)


if __name__ == "__main__":
    main()
