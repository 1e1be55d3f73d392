"""The checks that run after the due date."""
