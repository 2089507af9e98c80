"""The customer pays the lowest price that applies: for everybody or a group, from a quantity on, on some days."""
