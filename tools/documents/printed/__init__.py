"""Printed pages: words with their places, put into reading order, paragraphs and tables."""
