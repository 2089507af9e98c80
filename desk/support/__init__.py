"""The pages of the support desk that Django's admin lacks: the front page, the search, the overview of an account."""
