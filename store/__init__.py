"""Every record and the vendor's own words behind it, with the time each became known."""
