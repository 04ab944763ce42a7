"""A person's own questions with what is right: asked, scored, compared and reported."""
