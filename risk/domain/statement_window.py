"""How far back the lines of account statements are read."""

WINDOW_DAYS = 365
"""A year: what comes in and goes out but once a year is among them, and what is older says little of today."""
