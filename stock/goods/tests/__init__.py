"""A product with stock is created with its opening movement, and archived with what it has."""
