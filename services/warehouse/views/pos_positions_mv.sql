create materialized view pos_positions_mv to message_positions as
select topic, epoch, partition, id_hash, offset
from fact_pos_events
where id_hash != 0
