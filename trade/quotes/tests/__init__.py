"""Quotes: their prices, days and numbers, what accepting them makes, races, and their papers."""
