"""Where documents live: buckets, servers and websites, listed and read with no model deciding."""
