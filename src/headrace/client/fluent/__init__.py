"""The fluent functions: `MlflowClient`'s methods for the active run and experiment.

`headrace` offers them under their own names; each module here holds those of one noun.
"""
