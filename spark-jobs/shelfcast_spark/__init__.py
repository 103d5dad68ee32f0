"""Shelfcast on Spark: the stream engine for a cluster, and the keeping of the curated zone."""
