"""The quick tests check what an account and a shared payment are."""
