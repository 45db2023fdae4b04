"""Actions of risk."""
