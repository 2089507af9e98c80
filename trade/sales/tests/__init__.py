"""Sales are listed with totals, VAT, payments and receipts that add up."""
