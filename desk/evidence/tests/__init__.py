"""A pack of evidence is made, and its checker accepts it and refuses a changed file."""
