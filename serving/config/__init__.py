"""The settings, section by section, and the only place that reads the environment."""
