"""A model server as all of its clients see it: calls, failures, identity."""
