"""The checks of day 2 that run after the due date."""
