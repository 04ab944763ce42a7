"""OpenAI's Responses API: an answer as a stored response that another goes on from."""
