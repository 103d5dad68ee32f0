-- Calibration learns from what the formula said and what the series show of those days.
alter table stock_out_risks
    add column if not exists formula_empty Array(Float32) comment 'of the same days, before calibration: that the shelf is empty in the evening, which the series show later' after risks;
