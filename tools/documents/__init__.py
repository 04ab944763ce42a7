"""Documents: loaded, cut into passages, stored and searched."""
