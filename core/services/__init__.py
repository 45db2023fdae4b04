"""Actions of the ground floor: opening the bank, staff and their roles, partners."""
