"""One question through the graph, from its admission to its answer."""
