"""Where series come from: files of the M5 competition, a CSV file, or the warehouse."""
