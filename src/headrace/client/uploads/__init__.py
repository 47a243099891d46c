"""Artifacts on their way to a store that is elsewhere: snapshots, and who sends them."""
