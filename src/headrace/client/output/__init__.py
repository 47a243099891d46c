"""What a process prints while it works on a run, taken as it comes."""
