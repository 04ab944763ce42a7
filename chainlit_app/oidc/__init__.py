"""Sign-in at an identity provider: OpenID Connect, by authorization code with PKCE."""
