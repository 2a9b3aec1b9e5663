"""Both services in one process, on a store, a broker and a clock that a seed rules: what may go wrong does, and can be repeated."""
