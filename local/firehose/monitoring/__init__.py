"""What a stream says of itself: metrics, error events, its state."""
