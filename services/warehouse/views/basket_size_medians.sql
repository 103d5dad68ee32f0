-- Medians of basket size, by store, currency and hour. Made of fact rows: ask for a range of hours, and of a store.
create view basket_size_medians as
select
    store_id,
    toStartOfHour(toDateTime(event_time, 'UTC')) as hour,
    currency,
    count() as baskets,
    quantileExactInclusive(0.5)(lines) as median_lines,
    quantileExactInclusive(0.5)(pieces) as median_pieces,
    quantileExactInclusive(0.5)(net_amount) as median_amount
from baskets
where kind = 'sale'
group by store_id, hour, currency
