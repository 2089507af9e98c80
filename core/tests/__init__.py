"""Requests, answers, lists, files, amounts and the database's connections keep their rules on a few routes of each
kind.
"""
