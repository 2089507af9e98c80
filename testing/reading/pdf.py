"""Reads the text of a PDF file that the product has written."""

import base64
import re
import zlib

OBJECT = re.compile(rb"(\d+) 0 obj\s(.*?)endobj", re.DOTALL)
STREAM = re.compile(rb"stream\r?\n(.*?)\r?\n?endstream", re.DOTALL)
LETTER = re.compile(rb"^<(\w\w)> <(\w{4})>$", re.MULTILINE)  # a code of a font, and what it means
# The choice of a font, a text, and the end of a line.
DRAWN = re.compile(rb"/(F\S+) [\d.]+ Tf|\(((?:\\.|[^\\()])*)\) Tj|(T\*)", re.DOTALL)
ESCAPED = re.compile(rb"\\([0-7]{3}|.)", re.DOTALL)


def read_pages(content):
    """Return the words of each page in the order in which they are drawn, with a space between them."""
    objects = dict(OBJECT.findall(content))
    fonts = {}
    for name, number in re.findall(rb"/(F\d\S*) (\d+) 0 R", content):
        letters = follow(objects, objects[number], rb"ToUnicode")
        fonts[name] = {int(code, 16): chr(int(letter, 16)) for code, letter in LETTER.findall(letters)}
    pages = [body for body in objects.values() if re.search(rb"/Type /Page\s", body)]
    return [" ".join(read_page(follow(objects, page, rb"Contents"), fonts).split()) for page in pages]


def follow(objects, body, key):
    """Return the content of the stream that the object names."""
    named = objects[re.search(rb"/" + key + rb" (\d+) 0 R", body)[1]]
    data = STREAM.search(named)[1]
    if b"/ASCII85Decode" in named:
        data = base64.a85decode(data.strip().removesuffix(b"~>"))
    # The end of the line before `endstream` may be the last byte of the data, of whose check it is a part.
    return zlib.decompressobj().decompress(data) if b"/FlateDecode" in named else data


def read_page(stream, fonts):
    text, letters = "", {}
    for font, drawn, end in DRAWN.findall(stream):
        letters = fonts[font] if font else letters
        text += "\n" if end else "".join(letters[code] for code in ESCAPED.sub(unescape, drawn))
    return text


def unescape(found):
    return bytes([int(found[1], 8)]) if found[1].isdigit() else found[1]
