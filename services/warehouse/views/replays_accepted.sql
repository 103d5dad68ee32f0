-- Rows that were accepted in place of a dead letter.
create view replays_accepted as
select topic, epoch, partition, offset, produced_at, replay_of from fact_sales where replay_of != ''
union all
select topic, epoch, partition, offset, produced_at, replay_of from fact_inventory where replay_of != ''
union all
select topic, epoch, partition, offset, produced_at, replay_of from fact_pos_events where replay_of != ''
