-- Rows of a load that the ledger does not name yet are told from all others by their offsets, once a second.
alter table fact_sales add index if not exists place_range (epoch, partition, offset) type minmax granularity 1;
alter table fact_sales materialize index if exists place_range;
alter table fact_inventory add index if not exists place_range (epoch, partition, offset) type minmax granularity 1;
alter table fact_inventory materialize index if exists place_range;
alter table fact_pos_events add index if not exists place_range (epoch, partition, offset) type minmax granularity 1;
alter table fact_pos_events materialize index if exists place_range;
