"""What the screening service knows by itself: the law's dated terms, a case, an application to the security authority, and a clearance."""
