"""The contract: MLflow's REST 2.0 protocol, and Headrace's own calls beside it.

`endpoint` is the row type, the noun modules hold the rows, `wire` turns bytes into Structs and
back.
"""
