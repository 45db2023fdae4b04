"""Photos as phones make them: with a second picture inside, and far too large."""

from __future__ import annotations

import struct
from io import BytesIO
from zlib import crc32

import pytest
from PIL import Image

from collateral.domain.photos import LARGEST_SIDE, NoPhoto, make_small


def test_with_a_second_picture_inside_are_jpegs() -> None:
    """48 megapixels, with the small picture that phones keep beside it."""
    taken = BytesIO()
    Image.new("RGB", (8000, 6000), "olive").save(taken, "MPO", save_all=True, append_images=[Image.new("RGB", (64, 48))])
    with Image.open(BytesIO(taken.getvalue())) as image:
        assert image.format == "MPO"
    small, _ = make_small(taken.getvalue())
    with Image.open(BytesIO(small)) as image:
        assert (image.format, max(image.size)) == ("JPEG", LARGEST_SIDE)


def test_beyond_what_may_be_opened_are_said_to_be_too_large() -> None:
    said = BytesIO()
    Image.new("L", (1, 1)).save(said, "PNG")
    content = bytearray(said.getvalue())
    # The header of a picture of 20,000 by 20,000, with its check sum.
    content[16:24] = struct.pack(">II", 20_000, 20_000)
    content[29:33] = struct.pack(">I", crc32(content[12:29]))
    with pytest.raises(NoPhoto, match="too large: 120 megapixels are the most of a JPEG, 40 of a PNG"):
        make_small(bytes(content))


def test_that_are_none_are_said_to_be_none() -> None:
    with pytest.raises(NoPhoto, match="no photo, or it is cut off"):
        make_small(b"%PDF-1.7")
