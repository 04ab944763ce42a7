"""Your own questions with expected answers: asked, scored, compared and reported."""
