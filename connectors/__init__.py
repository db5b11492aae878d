"""One file a vendor: its facts. The kit does the work."""
