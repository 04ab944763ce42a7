"""A logical form as a statement; the only room that knows SQL."""
