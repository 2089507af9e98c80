"""Read the codes of labels. SVG and ZPL are drawn as browsers and printers draw them, and zxing decodes the picture."""

import re
from xml.etree import ElementTree

import zxingcpp

SVG = "{http://www.w3.org/2000/svg}"
WHITE = 255
TRANSFORM = re.compile(r"translate\((\d+) (\d+)\) scale\((\d+) (\d+)\)")
RUN = re.compile(r"M(\d+) (\d+)H(\d+)V(\d+)H\d+z")


class Picture:
    """A white picture to draw on."""

    def __init__(self, width, height):
        self.width, self.rows = width, [bytearray([WHITE] * width) for _ in range(height)]

    def fill(self, left, top, right, bottom):
        """Make a rectangle black. It must be inside the picture."""
        assert 0 <= left < right <= self.width
        assert 0 <= top < bottom <= len(self.rows)
        for row in self.rows[top:bottom]:
            row[left:right] = bytes(right - left)

    def read(self):
        """Return the kind and text of each code that zxing finds."""
        pixels = memoryview(b"".join(self.rows)).cast("B", (len(self.rows), self.width))
        found = zxingcpp.read_barcodes(pixels)
        return [(str(code.format), code.bytes.decode(), code.symbology_identifier) for code in found]


def read_svg(text):
    """Return the codes of a label in SVG."""
    root = ElementTree.fromstring(text)  # noqa: S314, of this service
    _, _, width, height = map(int, root.attrib["viewBox"].split())
    picture = Picture(width, height)
    for path in root.iter(f"{SVG}path"):
        x, y, across, down = map(int, TRANSFORM.fullmatch(path.attrib["transform"]).groups())
        for left, top, right, bottom in (map(int, run) for run in RUN.findall(path.attrib["d"])):
            picture.fill(x + left * across, y + top * down, x + right * across, y + bottom * down)
    return picture.read()


def read_texts(text):
    """Return the texts of a label in SVG."""
    root = ElementTree.fromstring(text)  # noqa: S314, of this service
    return [element.text for element in root.iter(f"{SVG}text")]


def read_zpl(text):
    """Return the codes of a label in ZPL, and its texts."""
    width, height = (int(re.search(rf"\^{name}(\d+)", text)[1]) for name in ("PW", "LL"))
    picture = Picture(width, height)
    for x, y, size, same, row_bytes, data in re.findall(
        r"\^FO(\d+),(\d+)\^GFA,(\d+),(\d+),(\d+),([0-9A-F:]+)\^FS", text
    ):
        rows = expand(data, int(row_bytes) * 2)
        assert len(rows) * int(row_bytes) == int(size) == int(same)
        for number, row in enumerate(rows):
            for run in re.finditer("1+", f"{int(row, 16):0{len(row) * 4}b}"):
                picture.fill(int(x) + run.start(), int(y) + number, int(x) + run.end(), int(y) + number + 1)
    return picture.read(), [decode(field) for field in re.findall(r"\^FH\^FD([^^~]*)\^FS", text)]


def expand(data, length):
    """Return the rows of a bitmap in hexadecimal. A colon repeats the row above."""
    rows = []
    while data:
        rows, data = ([*rows, rows[-1]], data[1:]) if data[0] == ":" else ([*rows, data[:length]], data[length:])
    return rows


def decode(field):
    """Return the text of a field with `^FH`."""
    return re.sub(rb"_([0-9A-F]{2})", lambda found: bytes([int(found[1], 16)]), field.encode()).decode()
