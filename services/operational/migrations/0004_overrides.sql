-- Planners' changes of forecasts: terms are never changed, a later one takes the place of an earlier one.
create table overrides
(
    id bigint generated always as identity primary key,
    version int not null default 1 check (version > 0),
    state text not null default 'active' check (state in ('active', 'replaced', 'withdrawn')),
    store_id text,
    sku text,
    category text,
    from_day date not null,
    to_day date not null check (to_day >= from_day),
    factor double precision check (factor >= 0),
    units double precision check (units >= 0),
    reason text not null,
    expires_on date not null,
    actor text not null,
    origin date,
    key text unique,
    request jsonb not null,
    set_at timestamptz not null default now(),
    replaced_by bigint references overrides,
    ended_at timestamptz,
    ended_origin date,
    check ((sku is null) <> (category is null)),
    check ((factor is null) <> (units is null)),
    check (units is null or (store_id is not null and sku is not null)),
    check ((state = 'active') = (ended_at is null))
);
create index overrides_by_scope on overrides (sku, category, to_day) where state = 'active';

-- What happened to each, and who did it; never changed.
create table override_events
(
    id bigint generated always as identity primary key,
    override_id bigint not null references overrides,
    event text not null check (event in ('set', 'replaced', 'withdrawn')),
    at timestamptz not null default now(),
    actor text not null,
    reason text not null,
    version int not null
);
create index override_events_by_override on override_events (override_id, id);

create trigger override_events_are_kept before update or delete on override_events
    for each row execute function refuse_change();
