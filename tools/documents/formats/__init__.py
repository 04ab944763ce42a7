"""One reader a file format; each is imported when a file of its format comes."""
