-- Drift of inputs and errors, one row for each time it was looked at.
create table forecast_drift
(
    model_version LowCardinality(String),
    measure LowCardinality(String) comment 'psi, wape, bias, coverage_80, ...',
    object LowCardinality(String) comment 'input, store, category, or all',
    value Float64,
    threshold Float64 comment 'beyond it an alert is raised',
    breached Bool,
    origin Date,
    measured_at DateTime64(3, 'UTC') default now64(3)
)
engine = MergeTree
order by (model_version, measure, object, measured_at)
