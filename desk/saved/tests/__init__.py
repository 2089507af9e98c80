"""A saved view answers what its list or report answers, for those who may see it, and its mail is sent once when
due.
"""
