/**
 * The log of loads: which ranges of which chains are loaded together, under which token, one load after another.
 *
 * Several processes may believe at once that a chain is theirs to load. What holds them together is this table: a load is
 * written only after the one that its writer knows as the last, so whoever writes has seen all that is planned; and rows
 * and ledger take place only for a load that stands in the log and is not in the ledger, which each statement checks for
 * itself when it runs. Whoever finishes a load of somebody else loads the same ranges under the same token.
 */
import { randomUUID } from 'node:crypto'
import { type Chain, chainPrefix } from '@shelfcast/contracts/lake'
import { LEDGER_TABLE } from '@shelfcast/contracts/warehouse'
import { TupleParam, type Warehouse } from '@shelfcast/warehouse/client'
import { rowsOf } from '@shelfcast/warehouse/queries/rows'
import type { Attempt } from './attempts.ts'
import { finishEmptying } from './emptying.ts'

/** Offsets of a chain, from the first to before the second. */
export interface Range extends Chain {
  begin: bigint
  end: bigint
}

/** Ranges that are loaded together, at most one of a chain. */
export interface Load {
  /** Its place in the log, from 1. */
  number: number
  /** Under which its rows are loaded, in every table that they belong to. */
  token: string
  ranges: Range[]
}

/** The log is not where the caller thought: another process has planned, or the tables were emptied. */
export class StaleLoad extends Error {
  override name = 'StaleLoad'
  constructor(reason: string) {
    super(`${reason} Look where the log is, and go on from there.`)
  }
}

/**
 * Makes a token count for INSERT ... SELECT. By default the engine asks for an order of all rows besides; releases about
 * 26.2 forget the token without one.
 */
export const TOKEN_COUNTS = { deduplicate_insert_select: 'enable_even_for_bad_queries' } as const

const LAST_TOKEN = `ifNull((select token from loads order by number desc limit 1), '')`
const TOKEN_OF = `ifNull((select token from loads where number = {number:Int64} limit 1), '')`
const BLOCKS_OF = `(select count() from ${LEDGER_TABLE} where load = {number:Int64})`
const NOT_EMPTYING = `(select argMax(step, (number, step = 'emptied')) from rebuilds) in ('', 'emptied')`

/** True in a statement while the load is planned and not in the ledger. Its parameters are those of `loadParameters`. */
export const IS_PLANNED = `(${TOKEN_OF} = {token:String} and ${BLOCKS_OF} = 0 and ${NOT_EMPTYING})`

export const loadParameters = ({ number, token }: Load) => ({ number, token })

interface RangeRow extends Chain {
  begin_offset: string
  end_offset: string
}

export class LoadLog {
  readonly #warehouse: Warehouse
  readonly #attempt: Attempt
  /** How often the tables were emptied when the log was looked at. */
  #rebuild = 0
  /** Of the last load that is known. */
  #number = 0
  #token = ''
  /** By the folder of a chain that was looked at, where its planned part ends, as far as the log is known. */
  readonly #ends = new Map<string, bigint>()
  /** Whether other processes write into the log too. */
  #isShared = false
  #turn: Promise<unknown> = Promise.resolve()

  /** @param attempt by which the writing of a load is tried again; it fails at once when left out */
  constructor(warehouse: Warehouse, attempt: Attempt = (_, write) => write()) {
    this.#warehouse = warehouse
    this.#attempt = attempt
  }

  /**
   * Reads how far the log is.
   * @returns the loads that are not in the ledger and have a range of one of these chains, in their order; once there are
   *   none, `ends` says by the chain's folder where its loaded part ends
   * @throws while the tables are being emptied for a rebuild; finishes it when the process that did it is gone
   */
  look(chains: readonly Chain[]): Promise<{ unfinished: Load[]; ends: Map<string, bigint> }> {
    return this.#inTurn(() => this.#look(chains))
  }

  async #look(chains: readonly Chain[]): Promise<{ unfinished: Load[]; ends: Map<string, bigint> }> {
    await finishEmptying(this.#warehouse)
    // In this order: what comes in between is seen by a later question, and a load that is planned next is refused.
    const [emptied] = await rowsOf<{ rebuild: number }>(
      this.#warehouse,
      'select max(number) as rebuild from rebuilds',
    )
    const { rebuild } = emptied!
    const [last = { number: 0, token: '' }] = await rowsOf<{ number: number; token: string }>(
      this.#warehouse,
      // Of one row: two questions would be of two moments.
      'select number, token from loads order by number desc limit 1',
    )
    const unfinished = await this.#unfinished(chains)
    const ends =
      unfinished.length === 0 ? await loadedEnds(this.#warehouse, chains) : new Map<string, bigint>()
    if (this.#ends.size > 0 && rebuild === this.#rebuild && last.token !== this.#token) this.#isShared = true
    for (const chain of chains) {
      const prefix = chainPrefix(chain)
      this.#ends.set(prefix, ends.get(prefix) ?? 0n)
    }
    this.#rebuild = rebuild
    this.#number = last.number
    this.#token = last.token
    return { unfinished, ends }
  }

  /**
   * Writes the next load, after all that is known; where others write too, after what they have written of other chains.
   * Whether it stands there is seen by `recordLoad`: where another process was first, its statements load nothing.
   * @throws StaleLoad when a range does not begin where what is planned of its chain ends
   */
  plan(ranges: Range[]): Promise<Load> {
    return this.#inTurn(async () => {
      if (this.#isShared) await this.#attempt('plan', () => this.#catchUp())
      this.#requireNext(ranges)
      const load: Load = { number: this.#number + 1, token: randomUUID(), ranges }
      await this.#attempt('plan', () => this.#write(load))
      this.#number = load.number
      this.#token = load.token
      for (const range of ranges) this.#ends.set(chainPrefix(range), range.end)
      return load
    })
  }

  #requireNext(ranges: readonly Range[]): void {
    for (const range of ranges) {
      const prefix = chainPrefix(range)
      const end = this.#ends.get(prefix) ?? 0n
      if (range.begin !== end)
        throw new StaleLoad(`${prefix} is planned up to ${end}, and not up to ${range.begin}.`)
    }
  }

  /** What is known of the log is of one moment. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work, work)
    this.#turn = turn
    return turn
  }

  /** Reads what others have planned since, of chains that are not looked at here. @throws StaleLoad where they are */
  async #catchUp(): Promise<void> {
    const loads = await this.#loads('number >= {number:Int64}', { number: this.#number })
    const [first] = this.#number > 0 ? loads.splice(0, 1) : []
    if (this.#number > 0 && first?.token !== this.#token)
      throw new StaleLoad(`Load ${this.#number} is not in the log any more: the tables were emptied.`)
    for (const { number, token, ranges } of loads) {
      if (ranges.some((range) => this.#ends.has(chainPrefix(range))))
        throw new StaleLoad(`Load ${number} of another process has chains that are loaded here.`)
      this.#number = number
      this.#token = token
    }
  }

  async #write({ number, token, ranges }: Load): Promise<void> {
    await this.#warehouse.command({
      query: `
        insert into loads (number, token, ranges)
        select
            {number:Int64},
            {token:String},
            {ranges:Array(Tuple(String, Int32, Int32, Int64, Int64))}
        where ${LAST_TOKEN} = {previous:String}
            and (select max(number) from loads) = {number:Int64} - 1
            and (select max(number) from rebuilds) = {rebuild:Int64}
            and ${NOT_EMPTYING}`,
      query_params: {
        number,
        token,
        previous: this.#token,
        rebuild: this.#rebuild,
        ranges: ranges.map(
          ({ topic, epoch, partition, begin, end }) => new TupleParam([topic, epoch, partition, begin, end]),
        ),
      },
      // Of processes that write after the same load at once, one is taken.
      clickhouse_settings: {
        ...TOKEN_COUNTS,
        insert_deduplication_token: `${this.#rebuild}/${this.#token}`,
      },
    })
  }

  #unfinished(chains: readonly Chain[]): Promise<Load[]> {
    return this.#loads(
      `number not in (select load from ${LEDGER_TABLE})
          and arrayExists(
              range -> has({chains:Array(Tuple(String, Int32, Int32))}, (range.topic, range.epoch, range.partition)),
              loads.ranges
          )`,
      { chains: chainParameters(chains) },
    )
  }

  /** @param condition of SQL, with its parameters */
  async #loads(condition: string, parameters: Record<string, unknown>): Promise<Load[]> {
    const answer = await this.#warehouse.query({
      query: `
        select number, token, ranges
        from loads
        where ${condition}
        order by number`,
      query_params: parameters,
      // As text: an offset may be past what a JSON number holds.
      clickhouse_settings: { output_format_json_quote_64bit_integers: 1 },
      format: 'JSONEachRow',
    })
    const rows = await answer.json<{ number: string; token: string; ranges: RangeRow[] }>()
    return rows.map(({ number, token, ranges }) => ({
      number: Number(number),
      token,
      ranges: ranges.map(({ begin_offset, end_offset, ...chain }) => ({
        ...chain,
        begin: BigInt(begin_offset),
        end: BigInt(end_offset),
      })),
    }))
  }
}

/**
 * Whether a load is in the ledger.
 * @param blocks that it has
 * @throws StaleLoad when it is not, so that nothing of it was loaded by this process
 */
export async function confirmLoaded(warehouse: Warehouse, load: Load, blocks: number): Promise<void> {
  const [row] = await rowsOf<{ token: string; blocks: number }>(
    warehouse,
    `select ${TOKEN_OF} as token, ${BLOCKS_OF} as blocks`,
    loadParameters(load),
  )
  if (row?.token !== load.token)
    throw new StaleLoad(`Load ${load.number} is not in the log, or another process has written it.`)
  if (row.blocks !== blocks)
    throw new StaleLoad(`Load ${load.number} has ${blocks} blocks, and the ledger ${row.blocks} of it.`)
}

/**
 * Where the loaded part of a chain ends: its first offset that is not in the warehouse.
 * @throws while the tables are being emptied for a rebuild; finishes it when the process that did it is gone
 */
export async function loadedEnd(warehouse: Warehouse, chain: Chain): Promise<bigint> {
  await finishEmptying(warehouse)
  return (await loadedEnds(warehouse, [chain])).get(chainPrefix(chain)) ?? 0n
}

async function loadedEnds(warehouse: Warehouse, chains: readonly Chain[]): Promise<Map<string, bigint>> {
  const rows = await rowsOf<Chain & { end: string }>(
    warehouse,
    `
    select topic, epoch, partition, toString(max(end_offset)) as end
    from ${LEDGER_TABLE}
    where (topic, epoch, partition) in {chains:Array(Tuple(String, Int32, Int32))}
    group by topic, epoch, partition`,
    { chains: chainParameters(chains) },
  )
  return new Map(rows.map(({ end, ...chain }) => [chainPrefix(chain), BigInt(end)]))
}

const chainParameters = (chains: readonly Chain[]) =>
  chains.map(({ topic, epoch, partition }) => new TupleParam([topic, epoch, partition]))
