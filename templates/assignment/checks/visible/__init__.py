"""The checks that a student has at home."""
