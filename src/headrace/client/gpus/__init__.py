"""GPUs, as the drivers of their vendors tell of them: what they are, and what they do now."""
