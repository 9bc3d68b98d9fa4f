"""What a stream reports about itself: metrics, error events, its status."""
