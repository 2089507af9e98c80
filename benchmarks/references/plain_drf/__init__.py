"""The same in plain REST framework, as its tutorials write it: default settings, whole-row saves, no lock, no ledger.

What stock costs a reader who stops at the tutorial, without what the product promises:
of two sales at once one is lost.
"""
