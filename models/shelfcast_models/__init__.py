"""Training, evaluation and export of Shelfcast's models."""
