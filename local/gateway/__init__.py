"""The laptop's AWS endpoint: MiniStack, with our own services in front of it, on one loopback port."""
