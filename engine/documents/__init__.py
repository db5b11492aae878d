"""Documents and cash read into entries: where each amount belongs, and what it bills, lowers, pays or gives up."""
