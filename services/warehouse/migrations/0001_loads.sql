-- Loads of all chains have one log now, in place of plans of each chain. What was planned and not finished is carried
-- over under its token, so that what came in of it is not loaded twice.
create table if not exists load_plans
(
    topic LowCardinality(String),
    epoch Int32,
    partition Int32,
    begin_offset Int64,
    end_offset Int64,
    planned_at DateTime64(6, 'UTC') default now64(6)
)
engine = MergeTree
order by (topic, epoch, partition, begin_offset);

alter table lake_objects add column if not exists load Int64 default 0 comment 'number in loads; 0 of those that came from elsewhere';

alter table lake_objects add index if not exists load_range load type minmax granularity 1;

insert into loads (number, token, ranges)
select
    row_number() over (order by topic, epoch, partition),
    concat(if(epoch = 0, '', concat('e=', toString(epoch), '/')), 'p=', if(partition < 10, '0', ''), toString(partition), '/', toString(begin_offset), '-', toString(end_offset)),
    [(toString(topic), epoch, partition, begin_offset, end_offset)]
from
(
    select topic, epoch, partition, begin_offset, argMin(end_offset, planned_at) as end_offset
    from load_plans
    group by topic, epoch, partition, begin_offset
)
where (topic, epoch, partition, begin_offset) not in (select topic, epoch, partition, begin_offset from lake_objects)
settings insert_deduplication_token = 'plans of chains', deduplicate_insert_select = 'enable_even_for_bad_queries';

drop table if exists load_plans;
