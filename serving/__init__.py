"""How models and callers get in: settings, model clients, assembly, the API and the command line."""
