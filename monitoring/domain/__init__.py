"""Pure rules of monitoring."""
