"""Levels of places. The quick tests check that a level is set and removed, who may do so, what is refused, that places
are not refilled in a circle, that suggestions never exceed what is there, and that the page moves what is ticked.
"""
