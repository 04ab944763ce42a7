"""Clients of the model servers, and the models that need none."""
