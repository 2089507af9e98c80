"""What the product costs, against the database alone and the least that could do the same. `make bench` measures it.

Each program starts what it needs and stops it in the end; what it finds becomes a section of RESULTS.md.
"""
