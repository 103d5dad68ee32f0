-- Days that a history tells, as it tells them.
insert into series_daily (store_id, sku, day, units, price, promotion_off, promotion_kind, stock_out, source)
with
    (select argMax(dataset, chosen_at) from history_datasets) as history
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
    group by promotion_id
) as planned on planned.promotion_id = told.promotion_id
where told.dataset in (history, concat(history, '/jumps'))
    and (told.store_id, told.business_date) not in
    (
        select store_id, day
        from series_daily
        where source in (history, concat(history, '/jumps'))
    )
