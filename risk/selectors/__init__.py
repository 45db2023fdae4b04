"""Reads of risk: rows shaped for their reader; `access_*` is the only way to get an object for a user."""
