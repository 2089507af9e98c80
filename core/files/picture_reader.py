"""Write a picture again as two JPEGs, a large and a small one: `python -m core.files.picture_reader`.

This is a reader of core/files/reader_process.py. It writes the number of bytes of the large one as a line, and then
both. They have nothing but pixels: no EXIF with the place where a photo was taken, no profile, no comment, and nothing
that was behind the picture in its file. A file that is no picture, or is truncated, makes the library raise one of many
errors, and ends this process without a reason.
"""

import io
import resource
import struct
import zlib
from collections.abc import Iterator

from PIL import Image, ImageOps

from core.files.picture_limits import LARGE, MAX_LARGE_BYTES, MAX_PIXELS, MAX_SMALL_BYTES, MAX_WEBP_PIXELS, SMALL
from core.files.reader_process import limit, serve

MAX_CPU_SECONDS = 10  # a PNG with 40 million pixels takes 2 s
MAX_UNPACKED = 2**20  # the most bytes of a PNG that are unpacked at a time to count them
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # the number of channels of a PNG, by its colour type
# The passes of an interlaced PNG: the first column and row of each, and the steps to the next ones.
ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
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
    if picture.format == "PNG" and not has_all_rows(data):
        raise ValueError("the PNG has too few rows")
    if picture.mode.startswith("I"):  # shades of grey with 16 bits
        picture = picture.point(lambda shade: shade / 256).convert("L")
    elif picture.mode in ("1", "P") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
    picture.thumbnail((LARGE, LARGE))
    ImageOps.exif_transpose(picture, in_place=True)
    flat = Image.new("RGB", picture.size, "white")
    flat.paste(picture, mask=picture.getchannel("A") if picture.has_transparency_data else None)
    return flat


def has_all_rows(png: bytes) -> bool:
    """Return whether the PNG has the bytes of all its rows. The library accepts a PNG that ends early."""
    width, height, depth, colour, _, _, is_interlaced = struct.unpack(">IIBBBBB", png[16:29])
    passes = ADAM7 if is_interlaced else ((0, 0, 1, 1),)
    sizes = [(-((x - width) // across), -((y - height) // down)) for x, y, across, down in passes]
    bits = depth * CHANNELS[colour]
    missing = sum(rows * (1 + (columns * bits + 7) // 8) for columns, rows in sizes if columns and rows)
    unpacked = zlib.decompressobj()
    for part in list_pixel_data(png):
        while missing > 0 and (found := unpacked.decompress(part, MAX_UNPACKED)):
            missing -= len(found)
            part = unpacked.unconsumed_tail
    return bool(missing <= 0)


def list_pixel_data(png: bytes) -> Iterator[bytes]:
    """Yield the parts of the first row of chunks with pixels."""
    place, name = 8, b""
    while name != b"IEND" and place + 8 <= len(png):
        before, (size, name) = name, struct.unpack(">I4s", png[place : place + 8])
        if name == b"IDAT":
            yield png[place + 8 : place + 8 + size]
        elif before == b"IDAT":
            return
        place += size + 12


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
