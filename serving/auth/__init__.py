"""Authentication: the only place where a request becomes a verified caller."""
