"""A document's particulars: the company whose it is, the period that it covers, and its kind."""
