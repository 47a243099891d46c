"""What the machine and the process do while a run goes on, as metrics of the run."""
