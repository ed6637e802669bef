"""How many made-up examples a property is tried with: a quarter of them in every run, all of them when asked for.

`RISKREG_EXAMPLES=all` asks for all. hypothesis makes other examples in each run, so that many runs see what one leaves out.
"""

from __future__ import annotations

import os

ALL = os.environ.get("RISKREG_EXAMPLES") == "all"
FEWEST = 5


def some(most: int) -> int:
    return most if ALL else min(most, max(FEWEST, most // 4))
