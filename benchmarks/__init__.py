"""Performance of the product, compared with the database alone and with other implementations (`make bench`).

Each program starts the servers that it needs, stops them at the end, and writes its sections of RESULTS.md.
"""
