"""Photos as phones take them: made small, and known again when cropped a little, brightened or saved anew."""

from __future__ import annotations

from io import BytesIO

import imagehash
from PIL import Image, ImageOps, UnidentifiedImageError

LARGEST_SIDE = 2048
# Forty megapixels and more are taken; beyond this a file is made to fill a memory.
MOST_PIXELS = 120_000_000
# A JPEG is read at a fraction of its size, a PNG only whole: four bytes for each of its pixels.
MOST_PNG_PIXELS = 40_000_000
# Of 64 bits; pictures of different things differ by 20 and more. The index of likenesses has one piece more than this (`photo_bands`).
NEARLY_THE_SAME = 6
# A JPEG with a second picture inside, as many phones take them, is found to be an MPO.
FORMATS = ("JPEG", "PNG")


class NoPhoto(ValueError):
    """The file is no photo; the text says why."""


def make_small(content: bytes) -> tuple[bytes, int]:
    """(a JPEG of at most LARGEST_SIDE without what the phone wrote into it, its likeness). Raises NoPhoto."""
    try:
        with Image.open(BytesIO(content), formats=FORMATS) as image:
            most = MOST_PNG_PIXELS if image.format == "PNG" else MOST_PIXELS
            if image.width * image.height > most:
                raise NoPhoto(f"The photo has {image.width * image.height // 1_000_000} megapixels; {most // 1_000_000} are the most.")
            image.draft("RGB", (LARGEST_SIDE, LARGEST_SIDE))
            upright = ImageOps.exif_transpose(image).convert("RGB")
    except Image.DecompressionBombError as fault:
        millions = [most // 1_000_000 for most in (MOST_PIXELS, MOST_PNG_PIXELS)]
        raise NoPhoto(f"The photo is too large: {millions[0]} megapixels are the most of a JPEG, {millions[1]} of a PNG.") from fault
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as fault:
        raise fault if isinstance(fault, NoPhoto) else NoPhoto("The file is no photo, or it is cut off. Send a JPEG or PNG.") from fault
    upright.thumbnail((LARGEST_SIDE, LARGEST_SIDE))
    # A comment, a profile or a preview would be saved along.
    upright.info.clear()
    kept = BytesIO()
    upright.save(kept, "JPEG", quality=85)
    return kept.getvalue(), likeness(upright)


def likeness(image: Image.Image) -> int:
    """64 bits, signed: whether each of nine by eight shades is lighter than its neighbour. Zero for a picture of one shade."""
    bits = int(str(imagehash.dhash(image)), 16)
    return bits - (1 << 64) if bits >> 63 else bits


def tells(found: int) -> bool:
    """Whether a likeness can tell pictures apart: neither of one shade nor of one slope."""
    return 8 <= (found & (1 << 64) - 1).bit_count() <= 56
