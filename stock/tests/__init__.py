"""Stock is never negative, operations are atomic and never change, values and costs are exact to the cent, and
races lose nothing.
"""
