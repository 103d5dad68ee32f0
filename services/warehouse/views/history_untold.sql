-- Days of stores that the history tells and series_daily does not tell, or not in full.
create view history_untold as
with
    (select argMax(dataset, chosen_at) from history_datasets) as history
select
    days.dataset as dataset,
    days.store_id as store_id,
    days.business_date as business_date,
    days.told as rows
from
(
    select dataset, store_id, business_date, sum(skus) as told
    from history_days
    where dataset in (history, concat(history, '/jumps'))
    group by dataset, store_id, business_date
) as days
left join
(
    select source, store_id, day, argMax(series_told.rows, told_at) as rows
    from series_told
    group by source, store_id, day
) as told on told.source = days.dataset and told.store_id = days.store_id and told.day = days.business_date
where days.told != told.rows
