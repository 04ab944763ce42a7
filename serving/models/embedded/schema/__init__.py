"""A database as questions speak of it: its names, keys, joins and stored values."""
