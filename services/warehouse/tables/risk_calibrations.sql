-- How risks of running out are corrected by what came of earlier ones, by day ahead. Filled by the job calibrate-risks.
create table risk_calibrations
(
    until Date comment 'last day that it was learned from',
    ahead UInt8 comment 'days after the origin',
    a Float64 comment 'weight of ln p',
    b Float64 comment 'weight of -ln(1 - p)',
    c Float64 comment 'added; the sum is the logit of the risk',
    cases UInt64 comment 'store SKU days that it was learned from',
    events UInt64 comment 'those on which the shelf was empty',
    fitted_at DateTime64(3, 'UTC') default now64(3)
)
engine = ReplacingMergeTree(fitted_at)
order by (until, ahead)
settings non_replicated_deduplication_window = 10000
