"""Pure functions on columns: a number, its interval, its unit, and which way is better."""
