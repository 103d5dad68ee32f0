-- Which dead letters were sent again and what became of them. That is told by what arrived: every row of a replay names
-- the dead letter that it corrects. This table adds what was sent and is not loaded yet.
create table dead_letter_replays
(
    replay_of String comment 'header of the message: position of the first dead letter with this content',
    position String comment 'the dead letter that was sent again',
    topic LowCardinality(String),
    partition Int32 comment 'where the message went',
    offset Int64 comment 'where the message went',
    replayed_at DateTime64(3, 'UTC')
)
engine = MergeTree
order by (replay_of, replayed_at)
