"""What tests of the jobs share."""
