"""The checks of day 1 that a student has at home."""
