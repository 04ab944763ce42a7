"""The agent behind the API that OpenAI defined."""
