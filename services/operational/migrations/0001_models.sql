-- Which version of a model serves, how it came to that, and what is under way with it. Rows here point to files in the
-- object store; the files are never here.
create table model_versions
(
    model text not null,
    version text not null,
    state text not null default 'challenger' check (state in ('challenger', 'champion', 'retired')),
    created_at timestamptz not null,
    registered_at timestamptz not null default now(),
    manifest jsonb not null,
    prefix text not null,
    parent text,
    feature_hash text not null,
    code_version text not null,
    window_from date not null,
    window_to date not null,
    gate jsonb,
    note text not null default '',
    primary key (model, version)
);

comment on column model_versions.prefix is 'folder of its files in the features bucket, with a slash at its end';
comment on column model_versions.parent is 'champion that it was trained to follow';
comment on column model_versions.gate is 'verdict of the promotion gate; null where none was held';

-- Whatever races for it, one version serves.
create unique index model_champion on model_versions (model) where state = 'champion';

create table model_events
(
    id bigint generated always as identity primary key,
    model text not null,
    version text not null,
    event text not null check (event in ('registered', 'refused', 'promoted', 'retired', 'rolled_back',
        'shadow_started', 'ab_started', 'experiment_ended')),
    actor text not null,
    at timestamptz not null default now(),
    detail jsonb not null default '{}',
    foreign key (model, version) references model_versions (model, version)
);

create index model_events_by_model on model_events (model, id);

-- A rollback reads here what served before, so nothing is ever taken back from it.
create function refuse_change() returns trigger language plpgsql as
$$
begin
    raise exception 'Rows of % are only ever added.', tg_table_name;
end
$$;

create trigger model_events_are_kept before update or delete on model_events
    for each row execute function refuse_change();

create table experiments
(
    id bigint generated always as identity primary key,
    model text not null,
    challenger text not null,
    mode text not null check (mode in ('shadow', 'ab')),
    share double precision not null check (share > 0 and share <= 1),
    started_at timestamptz not null default now(),
    ended_at timestamptz,
    outcome jsonb,
    foreign key (model, challenger) references model_versions (model, version),
    check (mode = 'ab' or share = 1)
);

comment on column experiments.share is 'of the series; a shadow sees all of them';

create unique index experiment_open on experiments (model) where ended_at is null;

create table alerts
(
    id bigint generated always as identity primary key,
    kind text not null,
    object text not null,
    severity text not null check (severity in ('warning', 'critical')),
    text text not null,
    detail jsonb not null default '{}',
    raised_at timestamptz not null default now(),
    last_seen_at timestamptz not null default now(),
    cleared_at timestamptz
);

create unique index alert_open on alerts (kind, object) where cleared_at is null;
create index alerts_latest on alerts (raised_at desc);
