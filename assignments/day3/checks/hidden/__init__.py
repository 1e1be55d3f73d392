"""The checks of day 3 that run after the due date."""
