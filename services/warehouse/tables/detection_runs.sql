-- Days that models of detection looked at, those on which nothing was found too. A day is looked at again, since tills
-- are late at times: what its newest run found holds.
create table detection_runs
(
    model LowCardinality(String) comment 'anomaly, slow-mover',
    day Date comment 'calendar day at the stores; of slow movers the origin',
    model_version LowCardinality(String),
    rows UInt32 comment 'that were scored',
    found UInt32,
    found_at DateTime64(3, 'UTC')
)
engine = ReplacingMergeTree(found_at)
order by (model, day)
