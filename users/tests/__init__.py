"""People register, are invited, and see the account that they belong to."""
