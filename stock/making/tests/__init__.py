"""Goods are made of parts and taken apart, and keep their worth."""
