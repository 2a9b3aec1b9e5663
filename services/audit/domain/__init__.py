"""What audit knows: its universe, its year plans, engagements with their findings, and recommendations until they are closed. Pure."""
