"""The company's books: the stored records, matched across systems, become one ledger that everyone reads."""
