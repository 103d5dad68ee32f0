-- Where the dead letters stand that were sent again. They are few, and dead_letters finds them by its key; the view
-- dead_letter_states works out a position for every row to tell the same.
create view replayed_places as
select
    splitByChar('@', parts[1])[1] as topic,
    toInt32OrZero(splitByChar('@', parts[1])[2]) as epoch,
    toInt32OrZero(parts[2]) as partition,
    toInt64OrZero(parts[3]) as offset,
    toInt32OrZero(parts[4]) as line_no
from
(
    select distinct splitByChar('/', replay_of) as parts
    from
    (
        select replay_of :: String as replay_of from dead_letters where replay_of != ''
        union all
        select replay_of from dead_letter_replays
        union all
        select replay_of :: String from replays_accepted
    )
)
