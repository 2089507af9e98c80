"""Compact pictures for the documentation: PNG with a palette of at most 256 colours, which the browser chooses."""

import base64
import struct
import zlib
from pathlib import Path
from typing import Any, NamedTuple

from playwright.sync_api import Locator, Page

# Returns the size of the picture, the palette (three bytes for each colour) and the pixels (one byte each). Colours
# that are nearly the same count as one. The most frequent colours are the palette, and other pixels get the nearest
# one.
CHOOSE_COLOURS = """async ([source, size]) => {
  const picture = new Image();
  picture.src = source;
  await picture.decode();
  const canvas = Object.assign(document.createElement("canvas"), {width: picture.width, height: picture.height});
  const context = canvas.getContext("2d");
  context.drawImage(picture, 0, 0);
  const data = context.getImageData(0, 0, picture.width, picture.height).data;
  const groups = new Map();
  for (let i = 0; i < data.length; i += 4) {
    const key = (data[i] >> 3) << 10 | (data[i + 1] >> 3) << 5 | data[i + 2] >> 3;
    const group = groups.get(key);
    if (group) group.count += 1;
    else groups.set(key, {key, count: 1, colour: [data[i], data[i + 1], data[i + 2]]});
  }
  const found = [...groups.values()].sort((a, b) => b.count - a.count);
  const palette = found.slice(0, size).map((group) => group.colour);
  const distance = (a, b) => (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2;
  for (const group of found) {
    let nearest = 0;
    palette.forEach((colour, number) => {
      if (distance(colour, group.colour) < distance(palette[nearest], group.colour)) nearest = number;
    });
    group.number = nearest;
  }
  const pixels = new Uint8Array(data.length / 4);
  for (let i = 0; i < data.length; i += 4) {
    pixels[i / 4] = groups.get((data[i] >> 3) << 10 | (data[i + 1] >> 3) << 5 | data[i + 2] >> 3).number;
  }
  let text = "";
  for (const pixel of pixels) text += String.fromCharCode(pixel);
  return {width: picture.width, height: picture.height, palette: palette.flat(), pixels: btoa(text)};
}"""
COLOURS = 64  # the pages are flat, and more colours would only improve photographs
MAX_BYTES = 80_000


class Picture(NamedTuple):
    """The data that the browser returns."""

    width: int
    height: int
    palette: bytes
    pixels: bytes


def save_picture(page: Page, file: Path, part: Locator | None = None) -> None:
    """Write what the window shows to the file, or only this part of the page."""
    blank = page.context.new_page()
    content = make_compact(blank, part.screenshot() if part else page.screenshot())
    blank.close()
    assert len(content) < MAX_BYTES
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)


def make_compact(page: Page, png: bytes) -> bytes:
    """Return the same picture with few colours. `page` is a blank page, whose scripts are not restricted."""
    source = f"data:image/png;base64,{base64.b64encode(png).decode()}"
    found: dict[str, Any] = page.evaluate(CHOOSE_COLOURS, [source, COLOURS])
    pixels = base64.b64decode(found["pixels"])
    return write_png(Picture(found["width"], found["height"], bytes(found["palette"]), pixels))


def write_png(picture: Picture) -> bytes:
    """Return the PNG. Its rows are not filtered, which suits pictures with a palette."""
    head = struct.pack(">IIBBBBB", picture.width, picture.height, 8, 3, 0, 0, 0)  # 8 bits per pixel, with a palette
    starts = range(0, len(picture.pixels), picture.width)
    rows = b"".join(b"\0" + picture.pixels[start : start + picture.width] for start in starts)
    chunks = [(b"IHDR", head), (b"PLTE", picture.palette), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(write_chunk(kind, data) for kind, data in chunks)


def write_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
