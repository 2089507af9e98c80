"""Offers of suppliers have one preferred, from which orders take number, pack and cost."""
