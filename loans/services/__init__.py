"""Actions on borrowers, applications, contracts, payouts and payments: one public action, one atomic function."""
