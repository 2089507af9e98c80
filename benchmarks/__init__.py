"""Performance of the product, compared with FastAPI and with a server without a framework (`make bench`).

Each program starts the servers that it needs, stops them at the end, and writes its sections of RESULTS.md.
"""
