"""The curated zone: the lake's rows as Iceberg tables, by business day."""
