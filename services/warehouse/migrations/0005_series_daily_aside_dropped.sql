-- The days that were put aside are in their table again.
drop table if exists series_daily_aside sync;
