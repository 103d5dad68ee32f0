create materialized view sales_added_mv to sales_added as
select
    store_id,
    sku,
    toStartOfHour(toDateTime(event_time, 'UTC')) as hour,
    toStartOfInterval(toDateTime(produced_at, 'UTC'), interval 10 second) as bucket,
    currency,
    unit,
    countIf(id_hash != 0 and (replay_of = '' or endsWith(replay_of, '/0'))) as baskets,
    count() as lines,
    sum(fact_sales.quantity) as quantity,
    sum(if(unit = 'each', fact_sales.quantity, sign(fact_sales.quantity))) as pieces,
    sum(fact_sales.gross_amount) as gross_amount,
    sum(fact_sales.net_amount) as net_amount
from fact_sales
group by store_id, sku, hour, bucket, currency, unit
