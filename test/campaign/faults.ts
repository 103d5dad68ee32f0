/** What can go wrong, by kind: each strikes once, and leaves everything that it broke mended behind it. */
import { setTimeout as delay } from 'node:timers/promises'
import { STEPS } from '@shelfcast/ingest/metrics'
import type { Campaign, Store } from './campaign.ts'
import type { Mode, Moment } from './fault-proxy.ts'
import { DEAD_LETTERS, FACTS, LEDGER, PUT } from './requests.ts'
import { dropUnread, recreate } from './topic-faults.ts'

/** What a fault harms: two that strike at once harm different ones. */
export type Victim = 'ingest' | 'kafka' | Store

export interface Fault {
  kind: string
  victim: Victim
  /** How often it strikes in a full campaign. */
  times: number
  /** Whether another fault may strike at the same time. */
  overlaps: boolean
  /** Whether it sends what it needs itself; otherwise sales come in all the time. */
  quiet?: boolean
  strike(campaign: Campaign): Promise<void>
}

/** What the stores are asked, by the step of a block that asks it. */
const REQUESTS: { store: Store; what: RegExp; name: string; times: number }[] = [
  { store: 'lake', what: PUT, name: 'PUT of a block', times: 7 },
  { store: 'warehouse', what: FACTS, name: 'load of facts', times: 7 },
  { store: 'warehouse', what: DEAD_LETTERS, name: 'load of dead letters', times: 4 },
  { store: 'warehouse', what: LEDGER, name: 'write of the ledger', times: 4 },
]

const STORES: readonly Store[] = ['lake', 'warehouse']
/** Sessions of the group last 6 s: past this a member that stands still is replaced. */
const PAST_SESSION_MS = 8_000
/** Requests that a fault waits for come within this, also while another fault strikes. */
const MOMENT_LIMIT_MS = 60_000
/** A block's step is met within so many times, or there would have to be more blocks than a burst makes. */
const STEP_TIMES = 5

function moment(campaign: Campaign, longestMs: number): Promise<void> {
  return delay(campaign.random.number.int({ min: 0, max: longestMs }))
}

async function within<T>(what: string, work: Promise<T>): Promise<T> {
  const timer = new AbortController()
  const late = delay(MOMENT_LIMIT_MS, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`${what} did not come within ${MOMENT_LIMIT_MS / 1_000} s`)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    late.catch(() => undefined)
    timer.abort()
  }
}

/** kill -9, and up again at once. */
async function killed(campaign: Campaign, part: Store | 'kafka'): Promise<void> {
  await campaign.stack.part(part).crash()
  await campaign.stack.part(part).start()
}

const stepKills: Fault[] = STEPS.map((step) => ({
  kind: `ingest killed at the step ${step}`,
  victim: 'ingest',
  times: 4,
  overlaps: true,
  async strike({ crew, random }) {
    await crew.killAll()
    await crew.doomed(`${step}:${random.number.int({ min: 1, max: STEP_TIMES })}`)
    await crew.begin()
  },
}))

const ingestFaults: Fault[] = [
  {
    kind: 'ingest killed at a random moment',
    victim: 'ingest',
    times: 20,
    overlaps: true,
    async strike(campaign) {
      await moment(campaign, 1_000)
      await campaign.crew.killAll()
      await campaign.crew.begin()
    },
  },
  {
    kind: 'rebalance: a process joins',
    victim: 'ingest',
    times: 6,
    overlaps: true,
    async strike({ crew }) {
      await crew.join()
    },
  },
  {
    kind: 'rebalance: a process leaves',
    victim: 'ingest',
    times: 6,
    overlaps: false,
    async strike(campaign) {
      const { crew } = campaign
      await crew.join()
      await moment(campaign, 500)
      await crew.leave(crew.pick())
    },
  },
  {
    kind: 'rebalance: one of several is killed',
    victim: 'ingest',
    times: 6,
    overlaps: true,
    async strike(campaign) {
      const { crew } = campaign
      await crew.join()
      await moment(campaign, 500)
      await crew.kill(crew.pick())
    },
  },
  {
    kind: 'rebalance: one stands still past its session, is replaced, and wakes up',
    victim: 'ingest',
    times: 6,
    overlaps: true,
    async strike(campaign) {
      const { crew } = campaign
      await crew.join()
      const zombie = crew.pick()
      await moment(campaign, 500)
      zombie.process.kill('SIGSTOP')
      await delay(PAST_SESSION_MS)
      zombie.process.kill('SIGCONT')
    },
  },
]

const brokerFaults: Fault[] = [
  {
    kind: 'broker killed at a random moment',
    victim: 'kafka',
    times: 10,
    overlaps: true,
    async strike(campaign) {
      await moment(campaign, 1_000)
      await killed(campaign, 'kafka')
    },
  },
  {
    kind: 'broker killed as a block has reached the lake',
    victim: 'kafka',
    times: 8,
    overlaps: true,
    async strike(campaign) {
      await within('a PUT', campaign.proxies.lake.moment('answer', PUT))
      await killed(campaign, 'kafka')
    },
  },
  {
    kind: 'broker restarted',
    victim: 'kafka',
    times: 6,
    overlaps: true,
    async strike(campaign) {
      await moment(campaign, 500)
      await campaign.stack.part('kafka').stop()
      await campaign.stack.part('kafka').start()
    },
  },
  {
    kind: 'retention passes over offsets that were not read',
    victim: 'kafka',
    times: 3,
    overlaps: false,
    quiet: true,
    strike: dropUnread,
  },
  {
    kind: 'topic deleted and created again',
    victim: 'kafka',
    times: 2,
    overlaps: false,
    quiet: true,
    strike: recreate,
  },
]

const storeKills: Fault[] = STORES.flatMap((store): Fault[] => [
  {
    kind: `${store} killed at a random moment`,
    victim: store,
    times: 8,
    overlaps: true,
    async strike(campaign) {
      await moment(campaign, 1_000)
      await killed(campaign, store)
    },
  },
  {
    kind: `${store} killed, and away for seconds`,
    victim: store,
    times: 3,
    overlaps: true,
    async strike(campaign) {
      await campaign.stack.part(store).crash()
      await delay(2_500)
      await campaign.stack.part(store).start()
    },
  },
])

const requestFaults: Fault[] = REQUESTS.flatMap(({ store, what, name, times }): Fault[] => [
  {
    kind: `${store} killed during a ${name}`,
    victim: store,
    times,
    overlaps: true,
    async strike(campaign) {
      await within(name, campaign.proxies[store].moment('request', what))
      // Somewhere between its arrival and its end.
      await moment(campaign, 20)
      await killed(campaign, store)
    },
  },
  ...(['request', 'answer'] as const).map(
    (where: Moment): Fault => ({
      kind: `${store}: connection cut ${where === 'request' ? 'in the middle' : 'before the answer'} of a ${name}`,
      victim: store,
      times,
      overlaps: true,
      async strike(campaign) {
        await within(name, campaign.proxies[store].cut(where, what))
      },
    }),
  ),
])

const MODES: Record<Exclude<Mode, 'passing'>, string> = {
  refusing: 'refuses connections',
  unavailable: 'answers 503',
  slow: 'is slow',
  silent: 'accepts and never answers',
}

const modeFaults: Fault[] = STORES.flatMap((store) =>
  Object.entries(MODES).map(
    ([mode, what]): Fault => ({
      kind: `${store} ${what}`,
      victim: store,
      times: 4,
      overlaps: true,
      async strike(campaign) {
        await moment(campaign, 300)
        await campaign.proxies[store].set(mode as Mode)
        await delay(1_500)
        await campaign.proxies[store].set('passing')
      },
    }),
  ),
)

/** KiB that are left before there are none. The warehouse stops before the end: it cannot be trusted at the last byte. */
const LEFT_KIB: Record<Store, number> = { lake: 0, warehouse: 128 * 1_024 }

const diskFaults: Fault[] = STORES.map((store) => ({
  kind: `${store}: disk full`,
  victim: store,
  times: 3,
  overlaps: false,
  async strike(campaign) {
    const disk = campaign.disks[store]!
    await moment(campaign, 300)
    disk.fill(LEFT_KIB[store])
    try {
      await delay(1_000)
      disk.fill(0)
      await delay(1_000)
    } finally {
      disk.free()
    }
    // SeaweedFS repeats the first error of its index to every writer until it is started again.
    if (store === 'lake') await killed(campaign, store)
  },
}))

export const FAULTS: readonly Fault[] = [
  ...stepKills,
  ...ingestFaults,
  ...brokerFaults,
  ...storeKills,
  ...requestFaults,
  ...modeFaults,
  ...diskFaults,
]

/** Faults that need a disk that can be full. */
export const NEED_SMALL_DISKS: ReadonlySet<Fault> = new Set(diskFaults)
