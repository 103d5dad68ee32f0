-- Days of a month that a history tells and series_told does not, or not in full, as it tells them.
insert into series_daily (store_id, sku, day, units, price, promotion_off, promotion_kind, stock_out, source)
select
    told.store_id,
    told.sku,
    told.business_date,
    told.units / if(told.unit = 'each', 1, 1000),
    told.price,
    ifNull(planned.off, 0),
    told.promotion_kind,
    told.stock_out,
    told.dataset
from sales_history as told
left join
(
    select promotion_id, any(off) as off
    from promotions_planned
    where week between {month:Date} - 7 and {month:Date} + 31
    group by promotion_id
) as planned on planned.promotion_id = told.promotion_id
where (told.dataset, told.store_id, told.business_date) in
    (
        select dataset, store_id, business_date
        from history_untold
        where toStartOfMonth(business_date) = {month:Date}
    )
