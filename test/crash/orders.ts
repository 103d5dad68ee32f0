/**
 * Kills the API, the sender and the operational store, again and again, while a client approves them and repeats by key what was
 * not answered; and says what became of each.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { OutgoingOrder } from '@shelfcast/contracts/orders'
import { createOrders } from '@shelfcast/operational/orders'
import { dieWithParent } from '@shelfcast/runtime/die-with-parent'
import { startStore } from '../operational/store.ts'
import { createDraft } from '../sending/drafts.ts'
import { type Behaviour, startErp } from '../sending/erp.ts'

const SECRET = 'a-secret-of-both'
/** Orders that are approved for each kill. */
const ORDERS_A_KILL = 3
/** How long after the last approval all has to be sent; a lease of the sender is 1.5 s. */
const SENT_LIMIT_MS = 60_000

export interface OrderReport {
  kills: { api: number; sender: number; store: number }
  acknowledged: number
  /** Approvals that a client heard of, and of which no order is with the ERP. */
  lost: number[]
  /** Orders that the ERP has more than once, by its own count of keys. */
  doubled: string[]
  /** Orders that the ERP has and nobody approved. */
  unasked: string[]
  /** Orders whose history does not say once that they were approved and once that they were sent. */
  untold: number[]
  /** Keys that came to the ERP more than once: what the key was for. */
  repeated: number
  /** Of the ERP: signatures that were wrong, or another order under a key. */
  faults: string[]
}

export async function killWhileSending(options: { kills: number; seed: number }): Promise<OrderReport> {
  const random = randomOf(options.seed)
  const store = await startStore()
  const erp = await startErp(SECRET, (key, attempt) => behaviourOf(`${options.seed}/${key}/${attempt}`))
  const orders = createOrders(store.client)
  const environment = {
    ...process.env,
    OPERATIONAL_URL: store.process.url,
    OPERATIONAL_PASSWORD: store.process.password,
    ERP_URL: erp.url.href,
    ERP_SECRET: SECRET,
  }
  const api = createVictim('api-process.ts', environment)
  const sender = createVictim('sender-process.ts', environment)
  const kills = { api: 0, sender: 0, store: 0 }
  try {
    const drafts = []
    for (let at = 0; at < (options.kills + 1) * ORDERS_A_KILL; at++)
      drafts.push(await createDraft(orders, `SUP-${at % 7}`))
    // Every tenth is never approved.
    const approvable = drafts.filter((_, at) => at % 10 !== 9)
    const acknowledged = new Set<number>()
    const approvals: Promise<void>[] = []
    const approve = async ({ id, version }: { id: number; version: number }) => {
      for (;;) {
        const isTaken = await fetch(`http://127.0.0.1:${await api.said()}/api/v1/orders/${id}/approve`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ key: `approval-${id}`, version }),
          signal: AbortSignal.timeout(5_000),
        }).then(
          ({ ok }) => ok,
          () => false,
        )
        if (isTaken) return void acknowledged.add(id)
        await wait(20)
      }
    }
    const release = (many: number) => {
      for (const draft of approvable.splice(0, many)) approvals.push(approve(draft))
    }
    for (let kill = 0; kill < options.kills; kill++) {
      release(ORDERS_A_KILL)
      await Promise.all([api.said(), sender.said()])
      await wait(random() * 150)
      const draw = random()
      if (draw < 0.45) {
        kills.api++
        await api.kill()
      } else if (draw < 0.9) {
        kills.sender++
        await sender.kill()
      } else {
        kills.store++
        await store.process.kill()
        await store.process.start()
      }
    }
    release(approvable.length)
    await Promise.all(approvals)
    await untilAllSent(() =>
      store.client.query('select from outbox where sent_at is null and buried_at is null limit 1'),
    )
    const sentIds = [...erp.orders.values()].map(
      (text) => (JSON.parse(text) as { data: OutgoingOrder }).data.purchase_order_id,
    )
    const numbers = new Map(drafts.map(({ id, purchase_order_id }) => [purchase_order_id, id]))
    const present = new Set(sentIds.map((number) => numbers.get(number)))
    const untold = await store.client.query<{ order_id: number }>(
      `select id as order_id
      from orders
      left join lateral (
          select
              count(*) filter (where event = 'approved') as approved,
              count(*) filter (where event = 'sent') as sent
          from order_events
          where order_id = orders.id
      ) events on true
      where approved_at is not null and (state, approved, sent) is distinct from ('sent', 1, 1)`,
    )
    return {
      kills,
      acknowledged: acknowledged.size,
      lost: [...acknowledged].filter((id) => !present.has(id)),
      doubled: sentIds.filter((number, at) => sentIds.indexOf(number) !== at),
      unasked: sentIds.filter((number) => !acknowledged.has(numbers.get(number) ?? -1)),
      untold: untold.map(({ order_id }) => order_id),
      repeated: [...erp.attempts.values()].filter((attempts) => attempts > 1).length,
      faults: erp.faults,
    }
  } finally {
    await Promise.all([api.stop(), sender.stop()])
    await erp.close()
    await store.stop()
  }
}

async function untilAllSent(waiting: () => Promise<unknown[]>): Promise<void> {
  const limit = Date.now() + SENT_LIMIT_MS
  while ((await waiting()).length > 0) {
    if (Date.now() > limit) throw new Error(`Orders were not sent within ${SENT_LIMIT_MS / 1_000} s.`)
    await wait(50)
  }
}

/** A process of test/sending that is started again whenever it has been killed. */
function createVictim(file: string, env: NodeJS.ProcessEnv) {
  let child: ChildProcess
  let line: Promise<string>
  const start = () => {
    const [command, ...args] = [
      ...dieWithParent(),
      process.execPath,
      fileURLToPath(new URL(`../sending/${file}`, import.meta.url)),
    ] as const
    child = spawn(command!, args, {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    line = once(child.stdout!, 'data').then(([data]) => String(data).trim())
  }
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }
  start()
  return {
    /** The first line of the process that runs now, when it is ready. */
    said: () => line,
    stop,
    async kill() {
      await stop()
      start()
    },
  }
}

/** Two of three attempts go well; the rest is bad in the ways that may pass. */
function behaviourOf(text: string): Behaviour {
  const byte = createHash('sha256').update(text).digest()[0]!
  return byte < 170 ? 'take' : (['fail', 'reset', 'silent', 'reset'] as const)[byte % 4]!
}

/** Mulberry32: the same seed gives the same kills. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
