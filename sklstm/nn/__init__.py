"""The mathematics of the tagger, from scratch on NumPy.

A function here takes arrays and returns values and gradients; it stores nothing and validates
nothing.
"""
