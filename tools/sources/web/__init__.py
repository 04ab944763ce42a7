"""Websites: pages, their links, sitemaps, and the rules of those who run them."""
