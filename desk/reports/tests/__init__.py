"""The sums of each report are those of its movements, with returns, undone sales, VAT and costs."""
