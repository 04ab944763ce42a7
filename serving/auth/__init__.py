"""Who is asking: a request becomes a verified caller here and nowhere else."""

from serving.auth.local import LOCAL, is_loopback

__all__ = ["LOCAL", "is_loopback"]
