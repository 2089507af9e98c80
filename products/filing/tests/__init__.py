"""Files come in whole or not at all, amounts and dates are read as written, and files out come in again."""
