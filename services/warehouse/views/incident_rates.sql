-- Refunds, price overrides and voids by till and by cashier: one row is a till or a cashier (`by`) of a store, over its
-- last 28 business days with today. Rates are events per 100 baskets of kind sale. A z-score holds a count against that
-- of all others of the store, as two Poisson counts with one rate: (x - n X / N) / sqrt(n X / (N - n)), with x events of
-- n baskets here and X of N in the store (control limits of a funnel plot: Spiegelhalter, Statistics in Medicine 24,
-- 2005). Amounts are in the store's own currency; what was paid in another is left out.
create view incident_rates as
with
    (select groupArray((store_id, as_of, today, currency)) from store_clock) as all_clocks,
    clocks as
    (
        select
            arrayJoin(all_clocks) as clock,
            clock.1 as store_id,
            clock.2 as as_of,
            clock.3 as today,
            clock.4 as currency
    ),
    days_counted as
    (
        select store_id, arrayJoin(arrayMap(days -> today - days, range(28))) as business_date
        from clocks
    ),
    counted as
    (
        select
            store_id,
            by,
            id,
            sum(baskets) as n,
            sum(refunds) as refunded,
            sum(price_overrides) as overridden,
            sum(voids) as voided,
            sum(sold) as sold_amount,
            sum(returned) as returned_amount
        from
        (
            select
                till_daily.store_id as store_id,
                till_id,
                cashier_id,
                baskets,
                0 as refunds,
                0 as price_overrides,
                0 as voids,
                if(till_daily.currency = clocks.currency, sold_amount, 0) as sold,
                if(till_daily.currency = clocks.currency, returned_amount, 0) as returned
            from till_daily
            inner join clocks on clocks.store_id = till_daily.store_id
            where (till_daily.store_id, business_date) in (select store_id, business_date from days_counted)
            union all
            select store_id, till_id, cashier_id, 0, refunds, price_overrides, voids, 0, 0
            from till_incidents
            where (store_id, business_date) in (select store_id, business_date from days_counted)
        )
        array join ['till', 'cashier'] as by, [toString(till_id), cashier_id] as id
        where id != ''
        group by store_id, by, id
    ),
    compared as
    (
        select
            *,
            sum(n) over of_store as n_all,
            sum(refunded) over of_store as refunded_all,
            sum(overridden) over of_store as overridden_all,
            sum(voided) over of_store as voided_all
        from counted
        window of_store as (partition by store_id, by)
    ),
    n / nullIf(n_all - n, 0) as odds
select
    compared.store_id as store_id,
    by,
    id,
    n as baskets,
    refunded as refunds,
    overridden as price_overrides,
    voided as voids,
    100 * refunds / nullIf(n, 0) as refunds_per_100,
    100 * price_overrides / nullIf(n, 0) as overrides_per_100,
    100 * voids / nullIf(n, 0) as voids_per_100,
    (refunds - refunded_all * n / n_all) / sqrt(nullIf(odds * refunded_all, 0)) as refunds_z,
    (price_overrides - overridden_all * n / n_all) / sqrt(nullIf(odds * overridden_all, 0)) as overrides_z,
    (voids - voided_all * n / n_all) / sqrt(nullIf(odds * voided_all, 0)) as voids_z,
    clocks.currency as currency,
    sold_amount,
    returned_amount,
    returned_amount / nullIf(sold_amount, 0) as returned_share,
    as_of
from compared
inner join clocks on clocks.store_id = compared.store_id
