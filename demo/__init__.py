"""The demo shop: an invented tea shop with a shelf and months of trade, the same every time but for its dates.

`ranges` says what such a shop sells, `goods` puts it on the shelf, `trade` decides what comes in and goes out, `hours`
when that happened, and `filling` books it all through the services. Chance comes from a seed.
"""
