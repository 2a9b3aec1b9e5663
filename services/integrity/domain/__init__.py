"""What the integrity service decides: pure, without I/O, clock or chance."""
