"""Scenarios: what the figures would be under a shock. They read the ledger and write nothing."""
