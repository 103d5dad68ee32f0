-- Shelf price and promotion of a day as they were planned, and the deepest promotion of the two weeks before it: what
-- was bought then is not bought now. Each is known from the day on which it was announced.
select
    store_id,
    sku,
    day,
    price,
    promotion_off,
    promotion_kind,
    max(promotion_off) over (partition by store_id, sku order by day rows between 14 preceding and 1 preceding) as promotion_before,
    announced_on,
    promotion_announced_on,
    max(promotion_announced_on) over (partition by store_id, sku order by day rows between 14 preceding and 1 preceding)
        as promotion_before_announced_on
from series_plan
