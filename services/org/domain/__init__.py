"""What the organisation service decides: the unit tree, posts with their assignments, and persons."""
