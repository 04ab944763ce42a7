"""Certificates: signed evidence of answers, checked against the sources without a model."""
