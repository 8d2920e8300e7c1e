"""Speaking to addresses that somebody outside has named, without being made to speak to anything else."""
