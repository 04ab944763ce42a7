"""How a person sees it: the Chainlit page."""
