"""The checks of day 3 that a student has at home."""
