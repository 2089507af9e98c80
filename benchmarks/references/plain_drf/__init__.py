"""The same API in plain REST framework, as in its tutorial: default settings, whole-row saves, no locks, no ledger.

It does not have the product's guarantees: of two parallel sales, one is lost.
"""
