"""A semantic model of a database: what the company calls things, in Apache Ossie's format."""
