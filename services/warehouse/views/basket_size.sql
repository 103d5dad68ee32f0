-- Basket size: one row is a store, currency and hour. Baskets of kind sale; means, which cost nothing.
create view basket_size as
select
    store_id,
    hour,
    currency,
    sum(store_hourly.baskets) as baskets,
    sum(store_hourly.lines) / baskets as lines_per_basket,
    sum(store_hourly.pieces) / baskets as pieces_per_basket,
    sum(store_hourly.sold_amount) / baskets as amount_per_basket
from store_hourly
group by store_id, hour, currency
having baskets > 0
