/** What a plan proposes becomes drafts, thousands at a time, beside what people have decided already. */
import { createHash } from 'node:crypto'
import type { OrderProposal } from '@shelfcast/contracts/orders'
import { one, type Queries } from './client.ts'
import { NUMBERING_LOCK } from './order-changes.ts'
import { OrderRefusal } from './order-rows.ts'

/** How many orders came to what. */
export interface Proposed {
  created: number
  /** Drafts whose lines are others now. */
  replaced: number
  /** Drafts that are as they were. */
  unchanged: number
  /** Proposals that were left out, as a person has edited, put off, approved, rejected or cancelled the order. */
  kept: number
  /** Drafts whose day has passed. */
  expired: number
  /** Drafts that are not proposed any more. */
  withdrawn: number
}

/** Lines that go to the store in one statement: some megabytes. */
const LINES_AT_ONCE = 50_000

export async function proposeOrders(
  inside: Queries,
  proposal: {
    plan: string
    order_day: string
    actor: string
    proposals: readonly OrderProposal[]
  },
): Promise<Proposed> {
  const { plan, order_day, actor, proposals } = proposal
  await inside.query('select pg_advisory_xact_lock($1)', [NUMBERING_LOCK])
  const digest = createHash('sha256')
    .update(JSON.stringify([order_day, proposals]))
    .digest('hex')
  const [same] = await inside.query<{ answer: Proposed }>(
    'select answer from order_proposals where plan = $1 and digest = $2',
    [plan, digest],
  )
  if (same) return same.answer
  await refuseOlder(inside, plan, order_day)
  await putProposals(inside, proposals)
  await decide(inside, plan)
  const counts = {
    ...(await counted(inside)),
    expired: await cancelDrafts(inside, {
      plan,
      actor,
      which: 'order_on < $3',
      day: order_day,
      reason: 'Its order day has passed.',
    }),
    withdrawn: await cancelDrafts(inside, {
      plan,
      actor,
      which: 'order_on >= $3 and id not in (select order_id from proposed_orders where order_id is not null)',
      day: order_day,
      reason: 'The newer plan does not propose it.',
    }),
  }
  await replaceDrafts(inside, plan, actor)
  await createDrafts(inside, plan, actor)
  await inside.query(
    `insert into order_proposals (plan, order_day, digest, answer) values ($1, $2, $3, $4::jsonb)
    on conflict (plan) do update
    set order_day = excluded.order_day, digest = excluded.digest, answer = excluded.answer, at = now()`,
    [plan, order_day, digest, JSON.stringify(counts)],
  )
  return counts
}

async function refuseOlder(inside: Queries, plan: string, order_day: string): Promise<void> {
  const [newer] = await inside.query<{ plan: string; order_day: string }>(
    'select plan, order_day from order_proposals where order_day > $1 order by order_day desc, at desc limit 1',
    [order_day],
  )
  if (newer)
    throw new OrderRefusal(
      'plan_outdated',
      `Plan ${plan} orders for ${order_day}, and plan ${newer.plan} for ${newer.order_day} is in already. Plan again for that day or a later one.`,
    )
}

async function putProposals(inside: Queries, proposals: readonly OrderProposal[]): Promise<void> {
  await inside.query(
    `create temporary table proposed_orders
    (
        place int primary key,
        store_id text not null,
        supplier_id text not null,
        order_on date not null,
        expected_on date,
        currency text not null,
        order_id bigint,
        outcome text not null default 'created',
        unique (store_id, supplier_id, order_on)
    ) on commit drop`,
  )
  await inside.query(
    `create temporary table proposed_lines
    (
        place int not null,
        line_no int not null,
        sku text not null,
        quantity int not null,
        unit text not null,
        unit_cost int not null
    ) on commit drop`,
  )
  await inside.query(
    `insert into proposed_orders (place, store_id, supplier_id, order_on, expected_on, currency)
    select place, store_id, supplier_id, order_on, expected_on, currency
    from jsonb_to_recordset($1::jsonb) as proposal
        (place int, store_id text, supplier_id text, order_on date, expected_on date, currency text)`,
    [JSON.stringify(proposals.map(({ lines: _, ...order }, place) => ({ ...order, place })))],
  )
  const lines = proposals.flatMap((order, place) =>
    order.lines
      .toSorted((a, b) => (a.sku < b.sku ? -1 : 1))
      .map((line, index) => ({ place, line_no: index + 1, ...line })),
  )
  for (let from = 0; from < lines.length; from += LINES_AT_ONCE) {
    const some = lines.slice(from, from + LINES_AT_ONCE)
    await inside.query(
      `insert into proposed_lines (place, line_no, sku, quantity, unit, unit_cost)
      select * from unnest($1::int[], $2::int[], $3::text[], $4::int[], $5::text[], $6::int[])`,
      [
        some.map(({ place }) => place),
        some.map(({ line_no }) => line_no),
        some.map(({ sku }) => sku),
        some.map(({ quantity }) => quantity),
        some.map(({ unit }) => unit),
        some.map(({ unit_cost }) => unit_cost),
      ],
    )
  }
  await inside.query('analyze proposed_orders')
  await inside.query('analyze proposed_lines')
}

/** What becomes of each proposal, with the drafts locked: who changes one of them waits, and is told that it changed. */
async function decide(inside: Queries, plan: string): Promise<void> {
  await inside.query(
    "select id from orders where plan is not null and state in ('draft', 'edited') order by id for update",
  )
  await inside.query(
    `update proposed_orders
    set outcome = 'replaced', order_id = orders.id
    from orders
    where orders.store_id = proposed_orders.store_id
        and orders.supplier_id = proposed_orders.supplier_id
        and orders.order_on = proposed_orders.order_on
        and orders.plan is not null
        and orders.state = 'draft'
        and orders.put_off_until is null`,
  )
  // A person's word stands for the day. What was approved is on order, so that a newer plan asks for what is short of it;
  // the same plan, begun again, asks for what it has got.
  await inside.query(
    `update proposed_orders
    set outcome = 'kept'
    where outcome = 'created' and exists (
        select
        from orders
        where orders.store_id = proposed_orders.store_id
            and orders.supplier_id = proposed_orders.supplier_id
            and orders.order_on = proposed_orders.order_on
            and orders.plan is not null
            and (
                state in ('draft', 'edited', 'rejected')
                or (state = 'cancelled' and exists (
                    select from order_events
                    where order_id = orders.id and event = 'cancelled' and not detail ? 'plan'
                ))
                or (orders.plan = $1 and state <> 'cancelled')
            )
    )`,
    [plan],
  )
  await inside.query(
    `update proposed_orders
    set outcome = 'unchanged'
    from orders
    where orders.id = proposed_orders.order_id
        and orders.expected_on is not distinct from proposed_orders.expected_on
        and orders.currency = proposed_orders.currency
        and orders.id not in (
            select coalesce(stored.order_id, proposal.order_id)
            from (
                select order_lines.*
                from order_lines
                where order_id in (select order_id from proposed_orders)
            ) as stored
            full join (
                select order_id, proposed_lines.*
                from proposed_lines join proposed_orders using (place)
                where order_id is not null
            ) as proposal
                on proposal.order_id = stored.order_id
                and proposal.sku = stored.sku
                and proposal.quantity = stored.quantity
                and proposal.unit = stored.unit
                and proposal.unit_cost = stored.unit_cost
            where stored.order_id is null or proposal.order_id is null
        )`,
  )
}

async function counted(
  inside: Queries,
): Promise<Pick<Proposed, 'created' | 'replaced' | 'unchanged' | 'kept'>> {
  return one(
    await inside.query<Pick<Proposed, 'created' | 'replaced' | 'unchanged' | 'kept'>>(
      `select
          count(*) filter (where outcome = 'created') as created,
          count(*) filter (where outcome = 'replaced') as replaced,
          count(*) filter (where outcome = 'unchanged') as unchanged,
          count(*) filter (where outcome = 'kept') as kept
      from proposed_orders`,
    ),
  )
}

async function cancelDrafts(
  inside: Queries,
  { plan, actor, which, day, reason }: Record<'plan' | 'actor' | 'which' | 'day' | 'reason', string>,
): Promise<number> {
  const rows = await inside.query(
    `with ended as
    (
        update orders
        set state = 'cancelled', version = version + 1, changed_at = now()
        where plan is not null and state = 'draft' and put_off_until is null and ${which}
        returning id, version
    )
    insert into order_events (order_id, event, actor, reason, version, detail)
    select id, 'cancelled', $2, $4, version, jsonb_build_object('plan', $1::text)
    from ended
    order by id
    returning order_id`,
    [plan, actor, day, reason],
  )
  return rows.length
}

async function replaceDrafts(inside: Queries, plan: string, actor: string): Promise<void> {
  await inside.query(
    `delete from order_lines where order_id in (select order_id from proposed_orders where outcome = 'replaced')`,
  )
  await putPlannedLines(inside, 'replaced')
  await inside.query(
    `with changed as
    (
        update orders
        set expected_on = proposed_orders.expected_on,
            currency = proposed_orders.currency,
            version = version + 1,
            changed_at = now()
        from proposed_orders
        where orders.id = order_id and outcome = 'replaced'
        returning orders.id, version, orders.plan
    )
    insert into order_events (order_id, event, actor, reason, version, detail)
    select
        id,
        'proposed',
        $2,
        'A newer plan proposes other lines.',
        version,
        jsonb_build_object('plan', $1::text, 'before', plan)
    from changed
    order by id`,
    [plan, actor],
  )
  // Also of those that are as they were: the newer plan says why.
  await inside.query(
    `update orders set plan = $1
    from proposed_orders
    where orders.id = order_id and outcome in ('replaced', 'unchanged') and orders.plan <> $1`,
    [plan],
  )
}

async function createDrafts(inside: Queries, plan: string, actor: string): Promise<void> {
  await inside.query(
    `insert into orders (store_id, supplier_id, order_on, number, expected_on, currency, plan)
    select
        store_id,
        supplier_id,
        order_on,
        (
            select coalesce(max(number), 0) + 1
            from orders
            where orders.store_id = proposed_orders.store_id
                and orders.supplier_id = proposed_orders.supplier_id
                and orders.order_on = proposed_orders.order_on
        ),
        expected_on,
        currency,
        $1
    from proposed_orders
    where outcome = 'created'
    order by place`,
    [plan],
  )
  await inside.query(
    `update proposed_orders
    set order_id = orders.id
    from orders
    where outcome = 'created'
        and orders.store_id = proposed_orders.store_id
        and orders.supplier_id = proposed_orders.supplier_id
        and orders.order_on = proposed_orders.order_on
        and orders.plan = $1
        and orders.state = 'draft'`,
    [plan],
  )
  await putPlannedLines(inside, 'created')
  await inside.query(
    `insert into order_events (order_id, event, actor, version, detail)
    select order_id, 'proposed', $2, 1, jsonb_build_object('plan', $1::text)
    from proposed_orders
    where outcome = 'created'
    order by order_id`,
    [plan, actor],
  )
}

async function putPlannedLines(inside: Queries, outcome: 'created' | 'replaced'): Promise<void> {
  await inside.query(
    `insert into order_lines (order_id, line_no, sku, quantity, proposed, unit, unit_cost)
    select order_id, line_no, sku, quantity, quantity, unit, unit_cost
    from proposed_lines join proposed_orders using (place)
    where outcome = $1
    order by order_id, line_no`,
    [outcome],
  )
}
