"""The agent's routes: LangServe's, or our own that speak the same wire."""
