"""Colours as the file formats state them, converted to 'RRGGBB' or None. Pure."""

from __future__ import annotations

import colorsys
import re
from collections.abc import Sequence

_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})?([0-9A-Fa-f]{6})")

# WordprocessingML's named highlight colours (ECMA-376, ST_HighlightColor).
HIGHLIGHTS = {
    "green": "00FF00", "darkGreen": "008000", "yellow": "FFFF00", "darkYellow": "808000", "red": "FF0000",
    "darkRed": "800000", "blue": "0000FF", "darkBlue": "000080", "cyan": "00FFFF", "darkCyan": "008080",
    "lightGray": "C0C0C0", "darkGray": "808080",
}  # fmt: skip

# SpreadsheetML's palette, which a style points to by number (ECMA-376 18.8.27); the first eight stand twice.
INDEXED = (  # noqa: SIM905 - a list of 64 strings reads no easier
    "000000 FFFFFF FF0000 00FF00 0000FF FFFF00 FF00FF 00FFFF 000000 FFFFFF FF0000 00FF00 0000FF FFFF00 FF00FF 00FFFF "
    "800000 008000 000080 808000 800080 008080 C0C0C0 808080 9999FF 993366 FFFFCC CCFFFF 660066 FF8080 0066CC CCCCFF "
    "000080 FF00FF FFFF00 00FFFF 800080 800000 008080 0000FF 00CCFF CCFFFF CCFFCC FFFF99 99CCFF FF99CC CC99FF FFCC99 "
    "3366FF 33CCCC 99CC00 FFCC00 FF9900 FF6600 666699 969696 003366 339966 003300 333300 993300 993366 333399 333333"
).split()


def from_hex(value: str | None) -> str | None:
    """Normalise a hexadecimal colour to 'RRGGBB'.

    '#92d050', '92D050' and 'FF92D050' give '92D050'; 'auto', 'transparent', white and anything else give None.
    """
    match = _HEX.fullmatch((value or "").lstrip("#"))
    colour = match[1].upper() if match else None
    return None if colour == "FFFFFF" else colour


def apply_tint(colour: str | None, tint: float) -> str | None:
    """Apply SpreadsheetML's tint (ECMA-376 18.8.19) to a colour: darker below zero, lighter above."""
    if not colour or not tint:
        return colour
    hue, light, saturation = colorsys.rgb_to_hls(*(int(colour[i : i + 2], 16) / 255 for i in (0, 2, 4)))
    light = light * (1 + tint) if tint < 0 else light * (1 - tint) + tint
    return from_rgb(colorsys.hls_to_rgb(hue, min(max(light, 0), 1), saturation))


def from_rgb(parts: Sequence[float]) -> str | None:
    """Convert components in 0..1 to 'RRGGBB': one is grey, three are RGB, four are CMYK."""
    if len(parts) == 1:
        red = green = blue = float(parts[0])
    elif len(parts) == 3:
        red, green, blue = (float(part) for part in parts)
    elif len(parts) == 4:
        cyan, magenta, yellow, black = (float(part) for part in parts)
        red, green, blue = ((1 - ink) * (1 - black) for ink in (cyan, magenta, yellow))
    else:
        return None
    return from_hex("".join(f"{round(min(max(part, 0), 1) * 255):02X}" for part in (red, green, blue)))
