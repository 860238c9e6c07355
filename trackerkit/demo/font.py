"""A 5 × 7 bitmap font, drawn here as text: what the demo burns into its pictures and movies."""

from __future__ import annotations

import functools

GLYPH_WIDTH = 5
GLYPH_HEIGHT = 7
ADVANCE = GLYPH_WIDTH + 1
"""Pixels from one character to the next at scale 1."""

_BANDS = (
    (
        "ABCDEFGHIJ",
        """
        .###. ####. .#### ####. ##### ##### .#### #...# .###. ..###
        #...# #...# #.... #...# #.... #.... #.... #...# ..#.. ...#.
        #...# #...# #.... #...# #.... #.... #.... #...# ..#.. ...#.
        ##### ####. #.... #...# ####. ####. #..## ##### ..#.. ...#.
        #...# #...# #.... #...# #.... #.... #...# #...# ..#.. ...#.
        #...# #...# #.... #...# #.... #.... #...# #...# ..#.. #..#.
        #...# ####. .#### ####. ##### #.... .#### #...# .###. .##..
        """,
    ),
    (
        "KLMNOPQRST",
        """
        #...# #.... #...# #...# .###. ####. .###. ####. .#### #####
        #..#. #.... ##.## ##..# #...# #...# #...# #...# #.... ..#..
        #.#.. #.... #.#.# #.#.# #...# #...# #...# #...# #.... ..#..
        ##... #.... #.#.# #..## #...# ####. #...# ####. .###. ..#..
        #.#.. #.... #...# #...# #...# #.... #.#.# #.#.. ....# ..#..
        #..#. #.... #...# #...# #...# #.... #..#. #..#. ....# ..#..
        #...# ##### #...# #...# .###. #.... .##.# #...# ####. ..#..
        """,
    ),
    (
        "UVWXYZ_-./",
        """
        #...# #...# #...# #...# #...# ##### ..... ..... ..... ....#
        #...# #...# #...# #...# #...# ....# ..... ..... ..... ....#
        #...# #...# #...# .#.#. .#.#. ...#. ..... ..... ..... ...#.
        #...# #...# #.#.# ..#.. ..#.. ..#.. ..... .###. ..... ..#..
        #...# #...# #.#.# .#.#. ..#.. .#... ..... ..... ..... .#...
        #...# .#.#. ##.## #...# ..#.. #.... ..... ..... .##.. #....
        .###. ..#.. #...# #...# ..#.. ##### ##### ..... .##.. #....
        """,
    ),
    (
        "0123456789",
        """
        .###. ..#.. .###. ####. ...#. ##### .###. ##### .###. .###.
        #...# .##.. #...# ....# ..##. #.... #.... ....# #...# #...#
        #..## ..#.. ....# ....# .#.#. #.... #.... ...#. #...# #...#
        #.#.# ..#.. ...#. .###. #..#. ####. ####. ..#.. .###. .####
        ##..# ..#.. ..#.. ....# ##### ....# #...# ..#.. #...# ....#
        #...# ..#.. .#... ....# ...#. ....# #...# ..#.. #...# ....#
        .###. .###. ##### ####. ...#. ####. .###. ..#.. .###. .###.
        """,
    ),
)

_BOX = ("#####", "#...#", "#...#", "#...#", "#...#", "#...#", "#####")


def _sheet() -> dict[str, tuple[str, ...]]:
    """Cut the bands above into one tuple of seven rows a character."""
    glyphs: dict[str, tuple[str, ...]] = {" ": ("." * GLYPH_WIDTH,) * GLYPH_HEIGHT}
    for characters, drawing in _BANDS:
        rows = [line.split() for line in drawing.split("\n") if line.strip()]
        glyphs.update(zip(characters, zip(*rows, strict=True), strict=True))
    return glyphs


GLYPHS = _sheet()


@functools.lru_cache(maxsize=512)
def glyph(character: str, scale: int) -> tuple[bytes, ...]:
    """Return the seven rows of a character and its gap, 1 for ink and 0 for paper, widened `scale` times.

    Lower case a-z is drawn as capitals; what the font lacks is drawn as a box.
    """
    # only ASCII is folded: what str.upper() makes of the rest depends on the Unicode tables of the Python that runs
    folded = character.upper() if character.isascii() else character
    rows = GLYPHS.get(folded, _BOX)
    return tuple(b"".join(b"\1" * scale if dot == "#" else b"\0" * scale for dot in row + ".") for row in rows)


def text_width(text: str, scale: int) -> int:
    """Return the width of a line of text in pixels, the gap after its last character included."""
    return len(text) * ADVANCE * scale


def text_rows(text: str, scale: int) -> list[bytes]:
    """Return a line of text as `7 × scale` rows of ink (1) and paper (0)."""
    glyphs = [glyph(character, scale) for character in text]
    return [b"".join(rows[y // scale] for rows in glyphs) for y in range(GLYPH_HEIGHT * scale)]
