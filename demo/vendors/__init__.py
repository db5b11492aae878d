"""Simulated vendor APIs, over real HTTP on this machine only: for the demo company and for tests of connectors."""
