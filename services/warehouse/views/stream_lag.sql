-- Stream lag, by the producers' and the warehouse's clocks: one row is a partition of a topic's life. Rows per minute
-- and waits are of the blocks that were loaded within 15 minutes before the newest load of any partition. Every message
-- of a block is taken to be as old as its oldest, so the waits are upper bounds. What Kafka holds and no block has yet
-- is not known here: the Pipeline page and the API tell it.
create view stream_lag as
with (select max(loaded_at) from lake_objects) - interval 15 minute as recent
select
    topic,
    epoch,
    partition,
    max(end_offset) as end_offset,
    max(produced_max) as newest_produced_at,
    max(lake_objects.loaded_at) as newest_loaded_at,
    sumIf(rows_accepted + rows_refused, loaded_at > recent) / 15 as rows_per_minute,
    countIf(loaded_at > recent and messages > 0) as recent_blocks,
    if(
        recent_blocks = 0,
        null,
        quantileExactWeightedIf(0.5)(
            greatest(0, dateDiff('millisecond', produced_min, loaded_at)),
            toUInt64(messages),
            loaded_at > recent and messages > 0
        )
    ) as wait_p50_ms,
    if(
        recent_blocks = 0,
        null,
        quantileExactWeightedIf(0.99)(
            greatest(0, dateDiff('millisecond', produced_min, loaded_at)),
            toUInt64(messages),
            loaded_at > recent and messages > 0
        )
    ) as wait_p99_ms
from lake_objects
group by topic, epoch, partition
