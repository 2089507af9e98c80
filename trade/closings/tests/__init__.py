"""A closing has the sums of its sales, payments and drawer, and follows the one before."""
