"""Each role may do what the table of rights says."""
