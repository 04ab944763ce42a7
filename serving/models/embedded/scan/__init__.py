"""A question cut into spans, and the meanings that fit together best."""
