"""Tools: document search and SQL databases, without a model deciding."""
