create materialized view inventory_positions_mv to message_positions as
select topic, epoch, partition, id_hash, offset
from fact_inventory
where id_hash != 0
