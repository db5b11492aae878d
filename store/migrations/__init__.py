"""How a store comes to its present form, step by step (Alembic). `store.connect` runs what is missing."""
