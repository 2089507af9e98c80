"""A reader that fails after it has written the names of the sheets and a row. Its file says how it fails."""

import os

from core.files import reader_process
from core.files.limits import UnreadableTable
from core.files.workbook_reader import write_line, write_row


def read(data, _place):
    yield write_line({"sheet": "Tabelle1", "others": "", "visible": 1})
    yield write_row(1, ["name"])
    match data.decode().partition(" "):
        case ("refuse", _, reason):
            raise UnreadableTable(reason)
        case ("abort", *_):
            os.abort()
        case ("memory", *_):
            yield b" " * (2 * reader_process.MAX_MEMORY_BYTES)
        case ("output", *_):
            for _ in range(5):
                yield b"\n" * (reader_process.MAX_OUTPUT_BYTES // 4)
        case ("error", *_):
            raise ValueError("This is not a reason to show to anybody.")


if __name__ == "__main__":
    reader_process.serve(read, UnreadableTable)
