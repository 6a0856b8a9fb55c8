"""Which characters show nothing, or not the same everywhere: the same answer whatever Unicode version Python brings."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right

# Categories that show nothing: format, private use, unassigned, surrogate, line and paragraph separator.
_UNSEEN = frozenset({"Cf", "Co", "Cn", "Cs", "Zl", "Zp"})
_VARIATION_SELECTORS = (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))  # a row of them can carry any bytes
# Letters and marks that show nothing although their category says otherwise.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0") | {
    chr(code) for code in _VARIATION_SELECTORS
}
# First and last of what is unassigned in Unicode 14.0 (Python 3.11) and no longer in 16.0 (Python 3.14).
NEWER = (
    (0x0897, 0x0897),
    (0x0CF3, 0x0CF3),
    (0x0ECE, 0x0ECE),
    (0x1B4E, 0x1B4F),
    (0x1B7F, 0x1B7F),
    (0x1C89, 0x1C8A),
    (0x2427, 0x2429),
    (0x2FFC, 0x2FFF),
    (0x31E4, 0x31EF),
    (0xA7CB, 0xA7CD),
    (0xA7DA, 0xA7DC),
    (0x105C0, 0x105F3),
    (0x10D40, 0x10D8F),
    (0x10EC2, 0x10EFF),
    (0x1123F, 0x11241),
    (0x11380, 0x113E2),
    (0x116D0, 0x116E3),
    (0x11B00, 0x11BF9),
    (0x11F00, 0x11F5A),
    (0x1342F, 0x1342F),
    (0x13439, 0x143FA),
    (0x16100, 0x16139),
    (0x16D40, 0x16D79),
    (0x18CFF, 0x18CFF),
    (0x1B132, 0x1B132),
    (0x1B155, 0x1B155),
    (0x1CC00, 0x1CEB3),
    (0x1D2C0, 0x1D2D3),
    (0x1DF25, 0x1DF2A),
    (0x1E030, 0x1E08F),
    (0x1E4D0, 0x1E5FF),
    (0x1F6DC, 0x1F6DC),
    (0x1F774, 0x1F77F),
    (0x1F7D9, 0x1F7D9),
    (0x1F8B2, 0x1F8C1),
    (0x1FA75, 0x1FA77),
    (0x1FA87, 0x1FA8F),
    (0x1FAAD, 0x1FAAF),
    (0x1FABB, 0x1FABF),
    (0x1FAC6, 0x1FACF),
    (0x1FADA, 0x1FADF),
    (0x1FAE8, 0x1FAE9),
    (0x1FAF7, 0x1FAF8),
    (0x1FBCB, 0x1FBEF),
    (0x2B739, 0x2B739),
    (0x2EBF0, 0x2EE5D),
    (0x31350, 0x323AF),
)
_STARTS = tuple(first for first, _ in NEWER)


def is_control(character: str) -> bool:
    """Tell whether a character is a control character."""
    return unicodedata.category(character) == "Cc"


def is_unseen(character: str) -> bool:
    """Tell whether a character shows nothing, or is assigned on some of the supported Pythons only."""
    return unicodedata.category(character) in _UNSEEN or character in _BLANK or _is_newer(character)


def is_printable(character: str) -> bool:
    """Tell whether a character may be shown as it is."""
    return character.isprintable() and (character.isascii() or not _is_newer(character))


def _is_newer(character: str) -> bool:
    code = ord(character)
    index = bisect_right(_STARTS, code) - 1
    return index >= 0 and code <= NEWER[index][1]
