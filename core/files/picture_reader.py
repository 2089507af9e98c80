"""Write a picture again as two JPEGs, a large and a small one: `python -m core.files.picture_reader`.

This is a reader of core/files/reader_process.py. It writes the number of bytes of the large one as a line, and then
both. They have nothing but pixels: no EXIF with the place where a photo was taken, no profile, no comment, and nothing
that was behind the picture in its file. A file that is no picture, or is truncated, makes the library raise one of many
errors, and ends this process without a reason.
"""

import io
import resource
from collections.abc import Iterator

from PIL import Image, ImageOps

from core.files.pictures import LARGE, MAX_LARGE_BYTES, MAX_PIXELS, MAX_SMALL_BYTES, MAX_WEBP_PIXELS, SMALL
from core.files.reader_process import limit, serve

MAX_CPU_SECONDS = 10  # a PNG with 40 million pixels takes 2 s
FORMATS = ("JPEG", "PNG", "WEBP")
QUALITIES = (80, 70, 60, 50, 40, 30, 20, 10, 5)  # the first one that fits into the bytes is used


class PictureTooLarge(Exception):
    """The picture has more pixels than the limit."""


def read_picture(data: bytes) -> Iterator[bytes]:
    """Yield what this process writes. Raise PictureTooLarge, or any error of the library."""
    limit(resource.RLIMIT_CPU, MAX_CPU_SECONDS)
    picture = decode(data)
    large = encode(picture, MAX_LARGE_BYTES)
    picture.thumbnail((SMALL, SMALL))
    yield b"%d\n" % len(large)
    yield large
    yield encode(picture, MAX_SMALL_BYTES)


def decode(data: bytes) -> Image.Image:
    """Return the picture, or the first one of an animation, upright and on white, with sides of at most LARGE."""
    Image.MAX_IMAGE_PIXELS = None  # the library's own limit warns, and has another error
    picture: Image.Image = Image.open(io.BytesIO(data), formats=FORMATS)
    if picture.width * picture.height > (MAX_WEBP_PIXELS if picture.format == "WEBP" else MAX_PIXELS):
        raise PictureTooLarge("too many pixels")
    if picture.mode.startswith("I"):  # shades of grey with 16 bits
        picture = picture.point(lambda shade: shade / 256).convert("L")
    elif picture.mode in ("1", "P") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
    picture.thumbnail((LARGE, LARGE))
    ImageOps.exif_transpose(picture, in_place=True)
    flat = Image.new("RGB", picture.size, "white")
    flat.paste(picture, mask=picture.getchannel("A") if picture.has_transparency_data else None)
    return flat


def encode(picture: Image.Image, max_bytes: int) -> bytes:
    """Return the picture as a JPEG of at most this size."""
    for quality in QUALITIES:
        file = io.BytesIO()
        picture.save(file, "JPEG", quality=quality, optimize=True, progressive=True)
        if file.tell() <= max_bytes:
            break
    return file.getvalue()


if __name__ == "__main__":
    serve(read_picture, PictureTooLarge)
