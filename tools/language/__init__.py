"""The small words of languages as data: one file per language, and its reader."""
