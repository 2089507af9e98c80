"""The demo shop: an invented tea shop with months of trade, the same every time except for its dates.

`ranges` lists what such a shop can sell, `goods` chooses the products, `trade` generates sales and deliveries, `hours`
chooses their times, and `filling` books everything through the services. Random numbers have a fixed seed.
"""
