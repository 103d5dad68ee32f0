-- How many times as much of a SKU sold on days with a promotion, over all stores, in the year up to the origin; drawn
-- to its category's as by ten more days, since a SKU has few promotions. Sums are exact: the order of rows changes no digit.
select
    sku,
    origin,
    if(plain_mean > 0, (promoted + 10 * category_lift * plain_mean) / ((days + 10) * plain_mean), category_lift) as promotion_lift
from
(
    select
        sku,
        origin,
        promoted,
        days,
        plain_mean,
        ifNotFinite(toFloat64(sum(toDecimal128(promoted, 9)) over (partition by category, origin))
            / toFloat64(sum(toDecimal128(days * plain_mean, 9)) over (partition by category, origin)), 1.5)
            as category_lift
    from
    (
        select
            category,
            sku,
            origin,
            toFloat64(sum(toDecimal128(promoted_units, 9))) as promoted,
            sum(promoted_days) as days,
            toFloat64(sum(toDecimal128(plain_units, 9))) / greatest(sum(plain_days), 1) as plain_mean
        from origin_features
        inner join series using (store_id, sku)
        group by category, sku, origin
    )
)
