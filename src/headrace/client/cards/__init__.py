"""Cards: what runs, experiments and versions of models show of themselves in a notebook."""
