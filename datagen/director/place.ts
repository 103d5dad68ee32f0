/**
 * Where a run stands, kept in the lake: a snapshot of the live stream, what the director was asked since, and how
 * many messages Kafka has acknowledged. From these a restart goes on byte for byte.
 */
import { HappeningRequest, OrderRequest, OrderState, PolicyRequest } from '@shelfcast/contracts/twin'
import type { Lake } from '@shelfcast/runtime/lake'
import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { type Run, runNames } from './run.ts'

const StoreTime = Type.Integer({ description: 'milliseconds since 1970' })
const at = StoreTime

/** What the director was asked, and the hour from which it holds. */
const Command = Type.Union([
  Type.Object({ at, does: Type.Literal('happen'), id: Type.String(), request: HappeningRequest }),
  Type.Object({ at, does: Type.Literal('end'), id: Type.String() }),
  Type.Object({ at, does: Type.Literal('order'), request: OrderRequest }),
  Type.Object({ at, does: Type.Literal('policy'), request: PolicyRequest }),
  Type.Object({ at, does: Type.Literal('jump'), date: Type.String() }),
])
export type Command = Static<typeof Command>

/** Days between the store's day at `at` and `date` are silent: they go to the history. */
const Jump = Type.Object({
  at,
  date: Type.String(),
  /** The morning of the date. */
  until: StoreTime,
  told: Type.Boolean({ description: 'all of its days are in the history' }),
})

const Place = Type.Object({
  snapshot: Type.Object({
    turn: Type.Union([Type.Literal(0), Type.Literal(1)]),
    hour: StoreTime,
  }),
  /** Messages of this hour that Kafka has. */
  hour: StoreTime,
  sent: Type.Integer({ minimum: 0 }),
  /** The stream sends what lies before at once: a first night, or the night at the end of a jump. */
  due_until: StoreTime,
  /** Asked since the snapshot, in the order in which it holds. */
  commands: Type.Array(Command),
  happenings_made: Type.Integer({ minimum: 0 }),
  jump: Type.Union([Jump, Type.Null()]),
  orders: Type.Array(OrderState, { description: 'newest first' }),
  external_stores: Type.Array(Type.String()),
})
export type Place = Static<typeof Place>
const validator = Compile(Place)

/** @returns undefined on the first start of the run */
export async function readPlace(lake: Lake, run: Run): Promise<Place | undefined> {
  const name = runNames(run).place
  if (!(await lake.metadata('raw', name))) return undefined
  const text = (await lake.read('raw', name)).toString('utf8')
  const place = parsed(text)
  if (validator.Check(place)) return place
  throw new Error(
    `Object raw/${name} does not say where the twin stands: ${text.slice(0, 100)}. ` +
      'Delete it to begin the run anew, or take another TWIN_SEED.',
  )
}

/** @param text JSON of a Place */
export async function writePlace(lake: Lake, run: Run, text: string): Promise<void> {
  await lake.put('raw', runNames(run).place, Buffer.from(text))
}

export function firstPlace(hour: number, due_until: number): Place {
  return {
    snapshot: { turn: 0, hour },
    hour,
    sent: 0,
    due_until,
    commands: [],
    happenings_made: 0,
    jump: null,
    orders: [],
    external_stores: [],
  }
}

export async function readSnapshot(lake: Lake, run: Run, { snapshot }: Place): Promise<Buffer> {
  return lake.read('raw', runNames(run).snapshot(snapshot.turn))
}

/** Written where the place does not point yet, so that a kill at any moment leaves a whole one. */
export async function writeSnapshot(lake: Lake, run: Run, turn: 0 | 1, body: Buffer): Promise<void> {
  await lake.put('raw', runNames(run).snapshot(turn), body)
}

/** Orders are known for ever by an object each, so that one that is posted again is not delivered again. */
export async function rememberOrder(lake: Lake, run: Run, order: OrderRequest): Promise<void> {
  const name = runNames(run).order(order.purchase_order_id)
  await lake.create('raw', name, Buffer.from(JSON.stringify(order)))
}

export async function rememberedOrder(
  lake: Lake,
  run: Run,
  purchase_order_id: string,
): Promise<OrderRequest | undefined> {
  const name = runNames(run).order(purchase_order_id)
  if (!(await lake.metadata('raw', name))) return undefined
  return JSON.parse((await lake.read('raw', name)).toString('utf8')) as OrderRequest
}

/** Remembers which run came last. @returns the one before, when it is another */
export async function changeOfRun(lake: Lake, run: Run): Promise<string | undefined> {
  const name = runNames(run).latest
  const latest = (await lake.metadata('raw', name))
    ? parsed((await lake.read('raw', name)).toString('utf8'))
    : undefined
  const last = latest && typeof latest === 'object' && 'run' in latest ? String(latest.run) : undefined
  if (last === run.id) return undefined
  await lake.put('raw', name, Buffer.from(JSON.stringify({ run: run.id })))
  return last
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
