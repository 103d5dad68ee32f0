/** Overrides of forecasts: set, replaced by later ones, withdrawn; each with who, when and why. */

import { daysBetween } from '@shelfcast/contracts/dates'
import {
  OVERRIDE_DAYS,
  type Override,
  type OverrideEnd,
  type OverrideEvent,
  type OverrideFilter,
  type OverrideRequest,
} from '@shelfcast/contracts/overrides'
import { type Operational, one, type Queries } from './client.ts'

/** What cannot be done to an override, with a code for those who answer it to others. */
export class OverrideRefusal extends Error {
  override name = 'OverrideRefusal'
  readonly code: 'unknown_override' | 'override_ended' | 'override_changed' | 'key_taken' | 'invalid_override'

  constructor(code: OverrideRefusal['code'], message: string) {
    super(message)
    this.code = code
  }
}

export interface Overrides {
  /** @param origin last day that is known; null where nothing is forecast yet */
  set(
    request: OverrideRequest,
    by: { actor: string; origin: string | null },
  ): Promise<{ override: Override; joined: boolean }>
  withdraw(id: number, end: OverrideEnd, by: { actor: string; origin: string | null }): Promise<Override>
  /** Newest first. */
  list(filter?: OverrideFilter): Promise<Override[]>
  byId(id: number): Promise<{ override: Override; events: OverrideEvent[] } | undefined>
  /** Those that are active, with days at or after this one: what a plan or a page has to apply. */
  active(from: string): Promise<Override[]>
  /** Those that ever changed a day up to this one, for what came of them. */
  until(day: string): Promise<Override[]>
}

const COLUMNS = `id, version, state, store_id, sku, category, from_day as "from", to_day as "to", factor, units, reason,
  expires_on, actor, origin, set_at, replaced_by, ended_at, ended_origin`
const DEFAULT_LIMIT = 50

export function createOverrides(operational: Operational): Overrides {
  return {
    set: (request, by) =>
      operational.transaction(async (inside) => {
        checkRequest(request)
        const text = JSON.stringify(termsOf(request))
        const before = request.key === undefined ? undefined : await byKey(inside, request.key, text)
        if (before) return { override: before, joined: true }
        const replaces = request.replaces && (await lock(inside, request.replaces))
        const { store_id = null, sku = null, category = null, factor = null, units = null } = request
        const [created] = await inside.query<Override>(
          `insert into overrides (store_id, sku, category, from_day, to_day, factor, units, reason, expires_on, actor,
            origin, key, request)
          values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13::jsonb)
          on conflict (key) do nothing
          returning ${COLUMNS}`,
          [
            store_id,
            sku,
            category,
            request.from,
            request.to,
            factor,
            units,
            request.reason,
            request.expires_on ?? request.to,
            by.actor,
            by.origin,
            request.key ?? null,
            text,
          ],
        )
        // Somebody else was quicker with the same key, and has committed.
        if (!created) return { override: (await byKey(inside, request.key!, text))!, joined: true }
        await record(inside, created.id, {
          event: 'set',
          actor: by.actor,
          reason: request.reason,
          version: 1,
        })
        if (replaces) {
          const why = `${request.reason} (override ${created.id} takes its place)`
          await end(inside, replaces.id, { ...by, event: 'replaced', reason: why, replaced_by: created.id })
        }
        return { override: created, joined: false }
      }),

    withdraw: (id, { version, reason }, by) =>
      operational.transaction(async (inside) => {
        await lock(inside, { id, version })
        return end(inside, id, { ...by, event: 'withdrawn', reason, replaced_by: null })
      }),

    list: ({ store_id, sku, category, state, before, limit = DEFAULT_LIMIT } = {}) =>
      operational.query<Override>(
        `select ${COLUMNS} from overrides
        where ($1::text is null or store_id = $1) and ($2::text is null or sku = $2)
          and ($3::text is null or category = $3) and ($4::text is null or state = $4)
          and ($5::bigint is null or id < $5)
        order by id desc limit $6`,
        [store_id ?? null, sku ?? null, category ?? null, state ?? null, before ?? null, limit],
      ),

    async byId(id) {
      const [override] = await operational.query<Override>(`select ${COLUMNS} from overrides where id = $1`, [
        id,
      ])
      if (!override) return undefined
      const events = await operational.query<OverrideEvent>(
        'select event, at, actor, reason, version from override_events where override_id = $1 order by id',
        [id],
      )
      return { override, events }
    },

    active: (from) =>
      operational.query<Override>(
        `select ${COLUMNS} from overrides where state = 'active' and to_day >= $1 order by id`,
        [from],
      ),

    until: (day) =>
      operational.query<Override>(`select ${COLUMNS} from overrides where from_day <= $1 order by id`, [day]),
  }
}

function checkRequest({ store_id, sku, category, from, to, factor, units }: OverrideRequest): void {
  const fault = (text: string) => new OverrideRefusal('invalid_override', text)
  if ((sku === undefined) === (category === undefined))
    throw fault('An override is of one SKU or of one category. Give sku or category, and not both.')
  if ((factor === undefined) === (units === undefined))
    throw fault('An override is a factor or a number of units a day. Give factor or units, and not both.')
  if (units !== undefined && (sku === undefined || store_id === undefined))
    throw fault('Units are those of one SKU at one store. Give store_id and sku, or a factor instead.')
  if (to < from) throw fault(`The last day ${to} is before the first, ${from}. Give days in their order.`)
  if (daysBetween(from, to) >= OVERRIDE_DAYS)
    throw fault(`From ${from} to ${to} are more than ${OVERRIDE_DAYS} days. Give a shorter time.`)
}

/** What makes two requests the same. */
function termsOf({
  store_id,
  sku,
  category,
  from,
  to,
  factor,
  units,
  reason,
  expires_on,
  replaces,
}: OverrideRequest) {
  return { store_id, sku, category, from, to, factor, units, reason, expires_on, replaces }
}

async function byKey(inside: Queries, key: string, request: string): Promise<Override | undefined> {
  const [row] = await inside.query<Override & { is_same: boolean }>(
    `select ${COLUMNS}, request = $2::jsonb as is_same from overrides where key = $1`,
    [key, request],
  )
  if (!row) return undefined
  const { is_same, ...override } = row
  if (is_same) return override
  throw new OverrideRefusal(
    'key_taken',
    `The key "${key}" set override ${row.id}, which is another. Use a new key.`,
  )
}

/** Of two who end it, one waits here, and then sees that it has ended. */
async function lock(inside: Queries, { id, version }: { id: number; version: number }): Promise<Override> {
  const [override] = await inside.query<Override>(
    `select ${COLUMNS} from overrides where id = $1 for update`,
    [id],
  )
  if (!override)
    throw new OverrideRefusal(
      'unknown_override',
      `There is no override ${id}. GET /api/v1/overrides lists them.`,
    )
  if (override.state !== 'active')
    throw new OverrideRefusal('override_ended', `Override ${id} is ${override.state} already. Set a new one.`)
  if (override.version !== version)
    throw new OverrideRefusal(
      'override_changed',
      `Override ${id} is at version ${override.version}, not ${version}. Read it again, then decide.`,
    )
  return override
}

interface Ending {
  event: 'replaced' | 'withdrawn'
  actor: string
  reason: string
  origin: string | null
  replaced_by: number | null
}

async function end(
  inside: Queries,
  id: number,
  { event, actor, reason, origin, replaced_by }: Ending,
): Promise<Override> {
  const override = one(
    await inside.query<Override>(
      `update overrides
      set state = $2, version = version + 1, ended_at = now(), ended_origin = $3, replaced_by = $4
      where id = $1
      returning ${COLUMNS}`,
      [id, event, origin, replaced_by],
    ),
  )
  await record(inside, id, { event, actor, reason, version: override.version })
  return override
}

async function record(inside: Queries, id: number, event: Omit<OverrideEvent, 'at'>): Promise<void> {
  await inside.query(
    'insert into override_events (override_id, event, actor, reason, version) values ($1, $2, $3, $4, $5)',
    [id, event.event, event.actor, event.reason, event.version],
  )
}
