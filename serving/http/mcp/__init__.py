"""The tools as an MCP server over streamable HTTP, for models that decide for themselves.

The protocol: https://modelcontextprotocol.io/specification. Both of its generations are served, that
of 2026-07-28 and those before it, whose clients begin with a handshake. No session is kept for
either, so that any worker can take a request.
"""
