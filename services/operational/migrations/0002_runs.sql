-- What is asked for, worked on and how it ended, whoever asks: a page shows the same row from the click to the result.
create table runs
(
    id bigint generated always as identity primary key,
    job text not null,
    parameters jsonb not null default '{}',
    lane text not null generated always as (job || coalesce(' ' || (parameters ->> 'model'), '')) stored,
    state text not null default 'queued'
        check (state in ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
    requested_by text not null,
    reason text not null default '',
    requested_at timestamptz not null default now(),
    restarts int not null default 0,
    attempts int not null default 0,
    worker text,
    started_at timestamptz,
    heartbeat_at timestamptz,
    cancel_requested_at timestamptz,
    ended_at timestamptz,
    step text not null default '',
    done double precision not null default 0,
    total double precision not null default 0,
    text text not null default '',
    error text,
    result jsonb
);

comment on column runs.lane is 'of the runs with the same, one is worked on at a time';
comment on column runs.restarts is 'how often it is begun again when its worker dies';

-- Who asks while the same is waiting already asks for that.
create unique index run_queued on runs (job, parameters) where state = 'queued';
-- Whatever races for it, one worker has it.
create unique index run_running on runs (lane) where state = 'running';
create index runs_by_job on runs (job, id desc);

-- Who asks again with a key is answered with the run of that key, whatever has become of it.
create table run_keys
(
    key text primary key,
    run bigint not null references runs (id) on delete cascade
);

create index run_keys_by_run on run_keys (run);

create table run_lines
(
    id bigint generated always as identity primary key,
    run bigint not null references runs (id) on delete cascade,
    at timestamptz not null,
    level text not null,
    text text not null
);

create index run_lines_by_run on run_lines (run, id);
