"""The service without the comparison of positions, so that every replica counts as current.

It is the control of `replica.py`.
"""

from inventory_api.wsgi import application  # isort: skip -- first, because it loads the settings

from core.database import replicas

__all__ = ["application"]

replicas.REPLICA_POSITION = "SELECT true, true"
