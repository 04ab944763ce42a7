"""Who is asking: a request becomes a verified caller here and nowhere else."""
