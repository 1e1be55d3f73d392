"""The checks of day 1 that run after the due date."""
