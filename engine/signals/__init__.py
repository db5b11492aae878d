"""Signals: rules over the figures that say when someone should act, with the records that tripped them."""
