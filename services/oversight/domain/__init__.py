"""What oversight keeps: obligations, and the posts, units and zones that owe them."""
