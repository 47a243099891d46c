"""One file, one case: each module holds a ``CASE`` (see ``benchmarks/case.py``)."""
