"""What a language's small words mean, as data: a file for each language, and what reads it."""
