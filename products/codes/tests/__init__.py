"""A code belongs to one product or kit, and a scan finds it."""
