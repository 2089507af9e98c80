"""The bare server's routes with django-ninja, as its documentation advises, on the product's tables.

Tokens, checks of the user, locks and transactions are those of the product; throttles, idempotency keys (the load
sends none) and the request log are left out. Means that make it faster are used: few middlewares, persistent
connections, prepared statements, the orjson renderer, dictionaries instead of objects in lists, and bodies that are
Pydantic's models instead of ninja's Schema, which takes 1.5 ms longer for a page of 50 products. gunicorn serves it
with the product's settings.
"""
