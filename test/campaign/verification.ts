/** Whether lake, warehouse, ledger and dead-letter topic hold what Kafka held, each line once. */
import { BLOCK_METADATA, blockBegin, blockKey, parsePosition, positionText } from '@shelfcast/contracts/lake'
import { DEAD_LETTER_TOPIC } from '@shelfcast/contracts/topics'
import { DEAD_LETTER_TABLE, FACT_TABLE, LEDGER_TABLE } from '@shelfcast/contracts/warehouse'
import type { Lake } from '@shelfcast/runtime/lake'
import type { Warehouse } from '@shelfcast/warehouse/client'
import { aggregatesMatchFacts } from '../stack/aggregates.ts'
import { lakeOf, readBlock, type StackVariables, untilLanded, warehouseOf } from '../stack/figures.ts'
import {
  Account,
  addToDigests,
  compare,
  DIGEST_OFFSETS,
  type Differences,
  type Digest,
  type Stretch,
} from './account.ts'
import type { ExpectedRow } from './reference-gate.ts'
import { readTopic, type TopicReader } from './topic-reader.ts'

const TOPIC = 'sales-transactions'
const FACTS = FACT_TABLE[TOPIC]
/** After the last fault is mended, seconds are enough; a machine may be busy. */
const LANDED_LIMIT_MS = 120_000

/** What was found is not what must be there. */
export class Discrepancy extends Error {
  readonly differences: Differences

  constructor(where: string, differences: Differences) {
    const { lost, doubled, wrong } = differences
    const some = (what: string, names: string[]) =>
      names.length === 0 ? '' : `\n${what}: ${names.length} (${names.slice(0, 5).join('; ')})`
    super(
      `${where} differs from Kafka${some('lost', lost)}${some('doubled', doubled)}${some('wrong', wrong)}`,
    )
    this.differences = differences
  }
}

interface KnownBlock {
  etag: string
  stretch: Stretch
  /** As the ledger must have it. */
  ledger: string
}

export interface Verification {
  /** What Kafka holds, and what must come of it. */
  account: Account
  /** Waits until all that Kafka holds is loaded, and checks everything. Blocks that were read before are not read again. */
  check(): Promise<void>
  /** The same with every block read again. */
  checkFromScratch(): Promise<void>
  /** Reads up to the topic's end without waiting for ingest. */
  catchUp(): Promise<void>
  /** The topic was deleted and created again: what follows is its next life. */
  beginEpoch(epoch: number): Promise<void>
  stop(): Promise<void>
}

/** @param variables of the stack itself: what verifies goes past all faults that are in the way of ingest */
export async function createVerification(variables: StackVariables): Promise<Verification> {
  const lake = lakeOf(variables)
  const warehouse = warehouseOf(variables)
  const account = new Account()
  const digests = new Map<string, Digest>()
  const refused = new Map<string, string>()
  const copies = new Map<string, string>()
  let blocks = new Map<string, KnownBlock>()
  let sales: TopicReader = await readTopic(variables, TOPIC, (message) => account.add(message))
  const letters = await readTopic(variables, DEAD_LETTER_TOPIC, ({ key, headers }) => {
    if (parsePosition(key)?.topic === TOPIC) copies.set(key, headers.reason ?? '')
  })

  async function settle(): Promise<void> {
    await sales.catchUp()
    for (const { stretch, rows } of account.judge()) {
      addToDigests(digests, stretch, rows)
      for (const { offset, line, outcome } of rows) {
        if (isSale(outcome)) continue
        refused.set(positionText({ topic: TOPIC, ...stretch, offset: BigInt(offset), line }), outcome)
      }
    }
    await untilLanded(variables, TOPIC, LANDED_LIMIT_MS, account.epoch)
    await checkLake()
    await checkWarehouse()
    await aggregatesMatchFacts(warehouse)
    await checkLedger()
    await checkCopies()
  }

  /** @throws when a block changed, is missing, leaves a gap, or holds other rows than its stretch of the topic */
  async function checkLake(): Promise<void> {
    const listed = new Map<string, KnownBlock>()
    const ends = new Map<string, number>()
    for await (const { name, etag } of lake.list('raw', `${TOPIC}/`)) {
      const before = blocks.get(name)
      if (before && before.etag !== etag) throw new Error(`${name} was written over`)
      const block = before ?? (await readAndCompare(lake, account, name, etag))
      const { epoch, partition, begin, end } = block.stretch
      const chain = `${epoch}/${partition}`
      if (begin !== (ends.get(chain) ?? 0)) {
        throw new Error(`${name} begins at ${begin}, and the block before it ends at ${ends.get(chain) ?? 0}`)
      }
      ends.set(chain, end)
      listed.set(name, block)
    }
    const absent = [...blocks.keys()].filter((name) => !listed.has(name))
    if (absent.length > 0) throw new Error(`${absent.join(', ')} is no longer in the lake`)
    blocks = listed
  }

  async function checkWarehouse(): Promise<void> {
    const actual = await warehouseDigests(warehouse)
    const names = [...new Set([...digests.keys(), ...actual.keys()])].filter(
      (name) => JSON.stringify(digests.get(name)) !== JSON.stringify(actual.get(name)),
    )
    const stretches = new Map<string, Stretch>(
      names.map((name) => {
        const [epoch, partition, span] = name.split('/').map(Number)
        const begin = span! * DIGEST_OFFSETS
        return [
          `${epoch}/${partition}/${span}`,
          { epoch: epoch!, partition: partition!, begin, end: begin + DIGEST_OFFSETS },
        ]
      }),
    )
    const all: Differences = { lost: [], doubled: [], wrong: [] }
    for (const stretch of stretches.values()) {
      const rows = await warehouseRows(warehouse, stretch)
      const { lost, doubled, wrong } = compare(stretch, account.expected(stretch), rows)
      all.lost.push(...lost)
      all.doubled.push(...doubled)
      all.wrong.push(...wrong)
    }
    if (names.length > 0) throw new Discrepancy('the warehouse', all)
  }

  async function checkLedger(): Promise<void> {
    const answer = await warehouse.query({
      query: `
        select key, epoch, partition, begin_offset, end_offset, rows_accepted, rows_refused, offsets_missing
        from ${LEDGER_TABLE}
        where topic = '${TOPIC}'
        order by key`,
      format: 'JSONCompactEachRow',
    })
    const ledger = (await answer.json<(string | number)[]>()).map((row) => row.join(' '))
    const expected = [...blocks.values()].map((block) => block.ledger).sort()
    const doubled = ledger.filter((row, index) => row === ledger[index - 1])
    const lost = expected.filter((row) => !ledger.includes(row))
    const wrong = ledger.filter((row) => !expected.includes(row))
    if (doubled.length + lost.length + wrong.length > 0) {
      throw new Discrepancy('the ledger', { lost, doubled, wrong })
    }
  }

  /** Copies are at least once, so each position is looked at once. */
  async function checkCopies(): Promise<void> {
    await letters.catchUp()
    const lost = [...refused].filter(([key, reason]) => copies.get(key) !== reason)
    const wrong = [...copies].filter(([key]) => !refused.has(key))
    if (lost.length + wrong.length === 0) return
    const texts = (entries: [string, string][]) => entries.map((entry) => entry.join(' '))
    throw new Discrepancy('the dead-letter topic', { lost: texts(lost), doubled: [], wrong: texts(wrong) })
  }

  return {
    account,
    check: settle,
    async checkFromScratch() {
      blocks = new Map()
      await settle()
    },
    catchUp: () => sales.catchUp(),
    async beginEpoch(epoch) {
      await sales.stop()
      account.epoch = epoch
      sales = await readTopic(variables, TOPIC, (message) => account.add(message))
    },
    async stop() {
      await Promise.allSettled([sales.stop(), letters.stop(), warehouse.close()])
    },
  }
}

const isSale = (outcome: string) => outcome === 'sale' || outcome === 'return'

async function readAndCompare(lake: Lake, account: Account, name: string, etag: string): Promise<KnownBlock> {
  const metadata = (await lake.metadata('raw', name))!
  const [, epoch, partition] = /\/(?:e=(\d+)\/)?p=(\d+)\//.exec(name)!.map((text) => Number(text ?? 0))
  const stretch: Stretch = {
    epoch: epoch!,
    partition: partition!,
    begin: Number(blockBegin(name)),
    end: Number(metadata[BLOCK_METADATA.end]),
  }
  const rows = await readBlock(lake, name, TOPIC)
  const actual: ExpectedRow[] = rows.map((row) => ({
    offset: Number(row.offset),
    line: row.line_no,
    outcome: row.reason ?? row.kind ?? '',
    amount: row.reason === null ? Number(row.net_amount) : row.line_count,
  }))
  const foreign = rows.filter((row) => row.partition !== partition || row.epoch !== epoch)
  if (foreign.length > 0) throw new Error(`${name} holds ${foreign.length} rows of another chain`)
  const differences = compare(stretch, account.expected(stretch), actual)
  if (Object.values(differences).some((positions) => positions.length > 0)) {
    throw new Discrepancy(name, differences)
  }
  const of = (field: keyof typeof BLOCK_METADATA) => metadata[BLOCK_METADATA[field]]
  if (Number(of('offsetsMissing')) !== account.missing(stretch)) {
    throw new Error(
      `${name} records ${of('offsetsMissing')} offsets as missing, and it were ${account.missing(stretch)}`,
    )
  }
  return {
    etag,
    stretch,
    ledger: [
      blockKey(name),
      epoch,
      partition,
      stretch.begin,
      stretch.end,
      of('rowsAccepted'),
      of('rowsRefused'),
      of('offsetsMissing'),
    ].join(' '),
  }
}

/** Rows of both tables in one form. */
const ROWS = `
  select epoch, partition, offset, line_no, kind as outcome, net_amount as amount
  from ${FACTS}
  union all
  select epoch, partition, offset, line_no, reason as outcome, toInt64(line_count) as amount
  from ${DEAD_LETTER_TABLE}
  where topic = '${TOPIC}'`

async function warehouseDigests(warehouse: Warehouse): Promise<Map<string, Digest>> {
  const answer = await warehouse.query({
    query: `
      select
          concat(toString(epoch), '/', toString(partition), '/', toString(intDiv(offset, ${DIGEST_OFFSETS})), '/', outcome),
          count(),
          sum(amount),
          sum(amount * ((offset % ${DIGEST_OFFSETS}) * 100 + line_no))
      from (${ROWS})
      group by 1`,
    format: 'JSONCompactEachRow',
  })
  return new Map(
    (await answer.json<[string, string, string, string]>()).map(([name, rows, amount, weighted]) => [
      name,
      { rows: Number(rows), amount: Number(amount), weighted: Number(weighted) },
    ]),
  )
}

async function warehouseRows(
  warehouse: Warehouse,
  { epoch, partition, begin, end }: Stretch,
): Promise<ExpectedRow[]> {
  const answer = await warehouse.query({
    query: `
      select offset, line_no, outcome, amount
      from (${ROWS})
      where epoch = {epoch:Int32} and partition = {partition:Int32}
          and offset >= {begin:Int64} and offset < {end:Int64}`,
    query_params: { epoch, partition, begin, end },
    format: 'JSONCompactEachRow',
  })
  return (await answer.json<[string, number, string, string]>()).map(([offset, line, outcome, amount]) => ({
    offset: Number(offset),
    line,
    outcome,
    amount: Number(amount),
  }))
}
