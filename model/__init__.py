"""The nouns every other package shares: money, days, records, policy, errors. It imports nothing of ours."""
