/**
 * Whether the tables have the rows that the ledger names, as of one moment: the offsets at which the loaded blocks end.
 *
 * Rows come before their row of the ledger, and loads come at any time. So the ledger is asked first, and the tables
 * after it for the rows before those offsets, which no load changes any more.
 */
import { EVENT_TOPICS, type EventTopic, TOPIC_SETTINGS } from '@shelfcast/contracts/topics'
import { DEAD_LETTER_TABLE, FACT_TABLE } from '@shelfcast/contracts/warehouse'
import { type LoadedChain, readLoadedChains } from '@shelfcast/warehouse/queries/ledger'
import type { Reader } from '@shelfcast/warehouse/queries/rows'
import { recent } from '../read/recent.ts'
import { type ExpiredChain, readExpired } from './expired.ts'

export interface LoadedRows {
  /** Rows of the loaded blocks that are in the tables. */
  rows: number
  /** Rows of the loaded blocks that may be gone, as they are older than their table keeps them. */
  expired: number
  /** Rows of the others that are not in the tables; below 0, that are too many. Null while that cannot be told. */
  missing: number | null
}

export interface Loaded {
  chains: LoadedChain[]
  rows: Map<EventTopic, LoadedRows>
}

/** A load that comes in while rows are counted makes one count more; a busy ingest has one a second. */
const COUNTS_LIMIT = 3
/** Rows expire by the day. */
const EXPIRED_MAX_AGE_MS = 60_000

export function createLoadedRows(read: Reader): () => Promise<Loaded> {
  const readOld = recent(EXPIRED_MAX_AGE_MS, () => readExpired(read))
  return async () => {
    const [expired, before, chains] = await Promise.all([
      readOld(),
      readEmptying(read),
      readLoadedChains(read),
    ])
    const outside = outsideOf(chains, expired)
    let others = await countRows(read, outside)
    let all: Rows
    let after: Emptying
    const exact: Rows = new Map()
    let counts = 0
    do {
      const earlier = others
      all = await countRows(read, EVERYTHING)
      ;[others, after] = await Promise.all([countRows(read, outside), readEmptying(read)])
      // Where no row outside came in between, the two counts are of one moment.
      for (const topic of EVENT_TOPICS)
        if (others.get(topic) === earlier.get(topic)) exact.set(topic, all.get(topic)! - others.get(topic)!)
      counts += 1
    } while (exact.size < EVENT_TOPICS.length && counts < COUNTS_LIMIT)
    const isWhole = before.has_ended && after.has_ended && before.number === after.number
    const rowsOf = (topic: EventTopic): LoadedRows => {
      const rows = exact.get(topic) ?? all.get(topic)! - others.get(topic)!
      const old = sumOf(topic, expired)
      const missing = sumOf(topic, chains) - old - rows
      return { rows, expired: old, missing: isWhole && exact.has(topic) ? missing : null }
    }
    return { chains, rows: new Map(EVENT_TOPICS.map((topic) => [topic, rowsOf(topic)])) }
  }
}

function sumOf(topic: EventTopic, chains: readonly { topic: EventTopic; rows: number }[]): number {
  return chains.reduce((total, chain) => (chain.topic === topic ? total + chain.rows : total), 0)
}

/** Conditions on the rows of a topic. */
interface Rowset {
  facts: string
  letters: string
}

interface Rowsets {
  of: (topic: EventTopic) => Rowset
  parameters: Record<string, number>
}

const EVERYTHING: Rowsets = { of: () => ({ facts: 'true', letters: 'true' }), parameters: {} }

type Rows = Map<EventTopic, number>

async function countRows(read: Reader, { of, parameters }: Rowsets): Promise<Rows> {
  const counts = EVENT_TOPICS.map(
    (topic) =>
      `select '${topic}' as topic, count() as rows from ${FACT_TABLE[topic]} where ${of(topic).facts}`,
  )
  const letters = EVENT_TOPICS.map((topic) => `(topic = '${topic}' and (${of(topic).letters}))`)
  counts.push(
    `select topic, count() from ${DEAD_LETTER_TABLE} where ${letters.join('\n            or ')} group by topic`,
  )
  const rows = await read<{ topic: EventTopic; rows: number }>(
    `
    select topic, sum(rows) as rows
    from
    (
        ${counts.join('\n        union all\n        ')}
    )
    group by topic`,
    parameters,
  )
  const counted = new Map(rows.map((row) => [row.topic, row.rows]))
  return new Map(EVENT_TOPICS.map((topic) => [topic, counted.get(topic) ?? 0]))
}

/**
 * What is not compared: rows of loads that the ledger does not name yet, and those that may have expired. Written out by
 * partition, so that the tables' indices leave out all others.
 */
function outsideOf(chains: readonly LoadedChain[], expired: readonly ExpiredChain[]): Rowsets {
  const parameters: Record<string, number> = {}
  const parameter = (value: number, type: 'Int32' | 'Int64' = 'Int32') => {
    const name = `n${Object.keys(parameters).length}`
    parameters[name] = value
    return `{${name}:${type}}`
  }
  const loadedLater = (topic: EventTopic) => {
    const ends = new Map(
      chains.filter((chain) => chain.topic === topic).map((chain) => [chain.partition, chain]),
    )
    const partitions = Math.max(TOPIC_SETTINGS[topic].partitions, ...[...ends.keys()].map((last) => last + 1))
    return [
      `partition >= ${parameter(partitions)}`,
      ...Array.from({ length: partitions }, (_, partition) => {
        const end = ends.get(partition)
        if (!end) return `partition = ${parameter(partition)}`
        const epoch = parameter(end.epoch)
        return `(partition = ${parameter(partition)}
            and (epoch > ${epoch} or (epoch = ${epoch} and offset >= ${parameter(end.end_offset, 'Int64')})))`
      }),
    ]
  }
  const expiredBefore = (topic: EventTopic, end: 'facts_end' | 'letters_end') =>
    expired
      .filter((chain) => chain.topic === topic && chain[end] > 0)
      .map(
        (chain) => `(partition = ${parameter(chain.partition)}
            and epoch = ${parameter(chain.epoch)} and offset < ${parameter(chain[end], 'Int64')})`,
      )
  const rowsets = new Map(
    EVENT_TOPICS.map((topic) => {
      const later = loadedLater(topic)
      return [
        topic,
        {
          facts: [...later, ...expiredBefore(topic, 'facts_end')].join(' or '),
          letters: [...later, ...expiredBefore(topic, 'letters_end')].join(' or '),
        },
      ]
    }),
  )
  return { of: (topic) => rowsets.get(topic)!, parameters }
}

interface Emptying {
  number: number
  has_ended: boolean
}

/** The last time that the tables were emptied to be filled anew: while that is under way, nothing can be compared. */
async function readEmptying(read: Reader): Promise<Emptying> {
  const [row] = await read<Emptying>(`
    select
        max(number) as number,
        toBool(count() = 0 or argMax(step, (rebuilds.number, step = 'emptied')) = 'emptied') as has_ended
    from rebuilds`)
  return row!
}
