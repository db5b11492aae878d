"""The command `backlog`."""
