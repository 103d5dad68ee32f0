create materialized view sales_positions_mv to message_positions as
select topic, epoch, partition, id_hash, offset
from fact_sales
where id_hash != 0
