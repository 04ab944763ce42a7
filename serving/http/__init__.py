"""The HTTP application: its routes and what stands in front of them."""
