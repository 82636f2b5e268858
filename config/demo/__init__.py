"""The demo: a studio's story told through the same rule functions that real use calls."""
