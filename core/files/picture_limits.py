"""The limits of pictures, for the program that reads them and for what keeps them."""

MAX_PIXELS = 40_000_000  # the limit of width times height
MAX_WEBP_PIXELS = 25_000_000  # the library takes 16 bytes of memory for each pixel of a WebP, and 8 for other ones
LARGE, SMALL = 1000, 200  # the most pixels of a side
MAX_LARGE_BYTES, MAX_SMALL_BYTES = 200_000, 12_000
