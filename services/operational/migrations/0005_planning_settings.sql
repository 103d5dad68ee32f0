-- By which rules orders are planned: each change is a version of its own, so that a plan can be told from the rules of its day.
create table planning_settings
(
    version int primary key check (version > 0),
    settings jsonb not null,
    actor text not null,
    reason text not null,
    at timestamptz not null default now()
);

create trigger planning_settings_are_kept before update or delete on planning_settings
    for each row execute function refuse_change();
