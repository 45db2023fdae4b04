"""The simulated bank: a seeded year of a small bank's life, lived through the same services that people and partners use.

All names, addresses and figures are invented here. The same seed and last day give the same borrowers and stories.
"""

from config.simulator.life import BORROWERS, fill

__all__ = ["BORROWERS", "fill"]
