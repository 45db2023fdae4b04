"""Reads of collateral."""
