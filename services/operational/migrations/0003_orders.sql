-- Orders to suppliers from the proposal to the last receipt, who changed them and why, and what waits to be sent.

-- Readable, and the same whoever computes it. Ids of 64 characters leave no room: these are told by their digest. The
-- number counts the orders of a store to a supplier for a day.
create function purchase_order_id(store_id text, supplier_id text, order_on date, number int) returns text
immutable language sql as
$$
    select 'PO-'
    || (extract(year from order_on) * 10000 + extract(month from order_on) * 100 + extract(day from order_on))::int
    || '-' || case
        when length(store_id) + length(supplier_id) <= 44 then store_id || '-' || supplier_id
        else left(encode(sha256(convert_to(store_id || '/' || supplier_id, 'UTF8')), 'hex'), 32)
    end || '-' || number
$$;

create table orders
(
    id bigint generated always as identity primary key,
    store_id text not null,
    supplier_id text not null,
    order_on date not null,
    number int not null check (number between 1 and 99999),
    purchase_order_id text not null
        generated always as (purchase_order_id(store_id, supplier_id, order_on, number)) stored
        check (purchase_order_id ~ '^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$'),
    state text not null default 'draft' check (state in ('draft', 'edited', 'approved', 'sent', 'confirmed',
        'partly_received', 'received', 'rejected', 'cancelled')),
    version int not null default 1 check (version > 0),
    expected_on date,
    put_off_until date,
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    plan text,
    channel text,
    created_at timestamptz not null default now(),
    changed_at timestamptz not null default now(),
    approved_at timestamptz,
    approved_by text,
    sent_at timestamptz,
    unique (store_id, supplier_id, order_on, number),
    unique (store_id, purchase_order_id),
    -- What is on its way was approved by somebody, and by a way.
    check (state not in ('approved', 'sent', 'confirmed', 'partly_received', 'received')
        or (approved_at is not null and approved_by is not null and channel is not null)),
    check (state <> 'sent' or sent_at is not null),
    check (put_off_until is null or state in ('draft', 'edited', 'rejected', 'cancelled'))
);

comment on column orders.order_on is 'day at the store on which it is placed';
comment on column orders.expected_on is 'day at the store on which it is delivered, as planned or confirmed';
comment on column orders.version is 'one more with each change: who changes it says which they saw';
comment on column orders.plan is 'as in order_plans of the warehouse; null: written by a person';

create index orders_by_state on orders (state, id);
create index orders_by_store on orders (store_id, id);
create index orders_by_day on orders (order_on, id);
-- A plan proposes one order to a supplier for a day: a newer plan finds the draft of the one before.
create unique index order_proposed on orders (store_id, supplier_id, order_on)
    where plan is not null and state in ('draft', 'edited');

create table order_lines
(
    order_id bigint not null references orders (id),
    line_no int not null check (line_no > 0),
    sku text not null,
    quantity int not null check (quantity >= 0),
    proposed int not null default 0 check (proposed >= 0),
    received bigint not null default 0 check (received >= 0),
    closed boolean not null default false,
    unit text not null check (unit in ('each', 'g', 'ml')),
    unit_cost int not null check (unit_cost >= 0),
    primary key (order_id, line_no),
    unique (order_id, sku)
);

comment on column order_lines.quantity is 'in unit; 0: taken out';
comment on column order_lines.proposed is 'what the plan said, in unit; 0: added by a person';
comment on column order_lines.received is 'in unit, all deliveries of the line together';
comment on column order_lines.closed is 'nothing more is expected of it';
comment on column order_lines.unit_cost is 'minor units, per piece, kilogram or litre';

create table order_events
(
    id bigint generated always as identity primary key,
    order_id bigint not null references orders (id),
    event text not null check (event in ('proposed', 'created', 'edited', 'put_off', 'approved', 'rejected',
        'cancelled', 'sending_failed', 'resent', 'sent', 'confirmed', 'received')),
    at timestamptz not null default now(),
    actor text not null check (actor <> ''),
    reason text not null default '',
    version int not null,
    detail jsonb not null default '{}'
);

comment on column order_events.version is 'of the order after it';

create index order_events_by_order on order_events (order_id, id);

create trigger order_events_are_kept before update or delete on order_events
    for each row execute function refuse_change();

-- Plans whose proposals are in: the same again changes nothing.
create table order_proposals
(
    plan text primary key,
    order_day date not null,
    digest text not null,
    answer jsonb not null,
    at timestamptz not null default now()
);

comment on column order_proposals.digest is 'SHA-256 of what was proposed';

-- Who submits twice with a key is answered as the first time, to the byte.
create table submissions
(
    key text primary key,
    request text not null,
    status int,
    answer text,
    at timestamptz not null default now()
);

comment on column submissions.request is 'digest of what was asked: the same key for something else is refused';
comment on column submissions.answer is 'body as it was sent; null only inside of the transaction that makes it';

create index submissions_by_age on submissions (at);

-- Filled in the transaction that approves: an order has one entry, which a person may open again, so that whoever
-- receives it twice knows it by its key.
create table outbox
(
    id bigint generated always as identity primary key,
    order_id bigint not null unique references orders (id),
    channel text not null,
    idempotency_key text not null unique,
    attempts int not null default 0 check (attempts >= 0),
    turn int not null default 0,
    due_at timestamptz not null default now(),
    worker text,
    lease_until timestamptz,
    sent_at timestamptz,
    buried_at timestamptz,
    withdrawn_at timestamptz,
    reason text not null default '',
    check (sent_at is null or buried_at is null)
);

comment on column outbox.attempts is 'since it was approved or sent again by a person';
comment on column outbox.turn is 'counts its claims: what a holder says counts while nobody has claimed it after';
comment on column outbox.buried_at is 'it cannot be sent: a dead letter, until a person sends it again or cancels the order';
comment on column outbox.withdrawn_at is 'the order was cancelled first';

create index outbox_due on outbox (due_at, id)
    where sent_at is null and buried_at is null and withdrawn_at is null;
