"""Actions of monitoring: the close of day, alerts, and what follows from them."""
