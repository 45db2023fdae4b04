"""The embedded house: PostgreSQL, Redis, worker, beat and web server on one machine, started and stopped together."""
