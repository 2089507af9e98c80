"""A shop leaves with all of its rows, and another server takes it in with the same sums."""
