"""Pictures as phones, programs and attackers send them."""

import io
import struct
import zlib

from PIL import Image, ImageChops

RED = (255, 0, 0)


def encode(image, form="JPEG", **options):
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def photo(width=1600, height=1200, noise=20):
    """Return an image like a photo: gradients and noise."""
    gradients = [Image.linear_gradient("L").resize((width, height)), Image.radial_gradient("L").resize((width, height))]
    gradients.append(ImageChops.invert(gradients[0]))
    grain = Image.effect_noise((width, height), noise)
    return Image.merge("RGB", [ImageChops.add(gradient, grain, 2) for gradient in gradients])


def plain(mode="RGB", colour=RED, size=(60, 40)):
    return Image.new(mode, size, colour)


def png_of_size(width, height, rows=bytes(1000)):
    """Return a PNG of red, green and blue that declares a size, and has these rows: a few bytes of them by default."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = (b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(name, data) for name, data in chunks)


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png_with_text_bomb():
    """Return a PNG with a compressed text of 200 MB."""
    text = b"a\0\0" + zlib.compress(bytes(200_000_000))
    chunk = struct.pack(">I", len(text)) + b"zTXt" + text + struct.pack(">I", zlib.crc32(b"zTXt" + text))
    whole = encode(plain(), "PNG")
    return whole[:33] + chunk + whole[33:]
