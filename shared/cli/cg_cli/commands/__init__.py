"""The commands of `cg`, one module for each group; each adds its own with `register(app)`."""
