"""The core's own pages: where the day starts, the audit trail, what waits for a second person, people and roles."""
