"""Reports for planning: months back and ahead, capacity, cash, sales and risk, each a table of the engine's figures."""
