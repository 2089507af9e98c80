"""Invoices and credit notes: numbers, amounts, races, and files that keep the published rules."""
