"""MiniStack behind the gateway: the one folder that touches its private names."""
