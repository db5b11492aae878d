"""A sample company and the vendors it uses, simulated on loopback."""
