-- A dead letter with its position as text, its origin and its state. The origin is the first refusal of its content and
-- names it when it is sent again: whichever attempt is accepted first settles all of them, and the gate refuses the next
-- one as repeated. A line that is refused when the whole message that it stands in was replayed is its own origin.
-- Joined by a hash of the origin, so that the join does not carry the text of every row.
-- What is settled by rule is named in services/contracts/refusals.ts, and a test holds the names here to it. A replay
-- that was refused is open whatever the reason: somebody has sent it, and it did not come in.
create view dead_letter_states as
with replayed as
(
    select cityHash64(replay_of) as origin_hash, max(at) as last_at, max(is_accepted) as is_accepted
    from
    (
        select replay_of, produced_at as at, 0 as is_accepted from dead_letters where replay_of != ''
        union all
        select replay_of, replayed_at, 0 from dead_letter_replays
        union all
        select replay_of, produced_at, 1 from replays_accepted
    )
    group by replay_of
)
select
    letters.*,
    multiIf(
        replayed.is_accepted = 1,
        'accepted',
        replayed.last_at > if(origin = position, toDateTime64(0, 3, 'UTC'), produced_at),
        'replayed',
        origin = position and reason in ('repeated', 'duplicate_line'),
        'settled',
        'open'
    ) as state
from
(
    select
        *,
        concat(
            topic, if(epoch = 0, '', concat('@', toString(epoch))),
            '/', toString(partition), '/', toString(offset), '/', toString(line_no)
        ) as position,
        multiIf(
            replay_of = '',
            position,
            line_no = 0 or (line_no = 1 and not endsWith(replay_of, '/0')),
            replay_of,
            position
        ) as origin,
        cityHash64(origin) as origin_hash
    from dead_letters
) as letters
left any join replayed on replayed.origin_hash = letters.origin_hash
