"""Certificates: what an answer rests on, signed, and checked against the sources without a model."""
