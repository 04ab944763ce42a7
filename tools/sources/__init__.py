"""Sources of documents: buckets, servers and websites, listed and read."""
