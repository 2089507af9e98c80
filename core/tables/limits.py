"""How much a table may contain at one place. Longer cells and rows are refused by their line."""

MAX_LINE_BYTES = 1024 * 1024  # The limit of a row. One of nothing but delimiters takes eight times its size in memory.
MAX_LINES = 1_048_576  # A CSV file may have as many lines as a sheet in Excel has rows, blank ones included.
MAX_CELL_LENGTH = 32_767  # characters, as in Excel
TOO_LONG_ROW = "This line is longer than {} bytes. Shorten it."
TOO_LONG_CELL = "This cell has {} characters: shorten it to {} or fewer."
TOO_MANY_LINES = f"The file has more than {MAX_LINES:,} lines. Remove the blank ones, or split the file."
