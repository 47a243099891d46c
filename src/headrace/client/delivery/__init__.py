"""The way of journals to their store: who ships them, when, and who is told what came of it."""
