"""Credit investigation, scoring, policy and decision."""
