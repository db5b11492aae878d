"""Measures: ratios and credits made of the engine's figures and of what a company states about itself."""
