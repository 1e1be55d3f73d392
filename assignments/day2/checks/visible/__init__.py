"""The checks of day 2 that a student has at home."""
