"""The HTTP application: routes and middleware."""
