"""The limits of parts of a table. Cells and rows that exceed one are refused, with the number of their line."""

from core.translation import gettext_noop as _

MAX_LINE_BYTES = 1024 * 1024  # the limit of a row; a row of delimiters only takes eight times its size in memory
MAX_LINES = 1_048_576  # the same number as rows in a sheet of Excel; blank lines count, too
MAX_CELL_LENGTH = 32_767  # characters, as in Excel
TOO_LONG_ROW = _("This line is longer than {} bytes. Shorten it.")
TOO_LONG_CELL = _("This cell has {} characters: shorten it to {} or fewer.")
TOO_MANY_LINES = _("The file has more than {:,} lines. Remove the blank ones, or split the file.")
