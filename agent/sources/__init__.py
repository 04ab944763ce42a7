"""Questions about the sources themselves: how they are recognised, and what is said of a source."""
