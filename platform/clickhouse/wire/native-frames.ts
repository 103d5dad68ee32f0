/**
 * Native blocks for clients that say which revision of ClickHouse's protocol they read (`client_protocol_version`:
 * clickhouse-go with Grafana, clickhouse-connect). The engine writes for none, so each block gets its BlockInfo here,
 * and from revision 54454 on each column the byte that says whether its serialization is special.
 */
import { CODE, Failure } from '../failure.ts'
import { EndlessType, type Layout, layoutOf } from './native-layout.ts'
import { type Reading, Tape } from './native-tape.ts'

/** Field 1, is_overflows: no; field 2, bucket_num: -1; end. Readers take a later field that is not there as empty. */
const BLOCK_INFO = Buffer.from([1, 0, 2, 0xff, 0xff, 0xff, 0xff, 0])
const ORDINARY = Buffer.from([0])
const REVISION_WITH_LOW_CARDINALITY = 54_405
const REVISION_WITH_SERIALIZATION = 54_454

const TYPE_NAME = /^[A-Z]\w*(\(|$)/

type Chunks = AsyncIterable<Buffer> | Iterable<Buffer>

/** @returns 0 for a client that gives none: it gets blocks as the engine writes them */
export function readRevision(given: string | null): number {
  return given !== null && /^\d+$/.test(given) ? Number(given) : 0
}

/**
 * The result as the client reads it: itself, unless it is in Native and the client gives a revision.
 * @param whole whether the engine has ended it well, so that it must end with a block
 */
export function frameResult(
  result: Chunks,
  format: string,
  revision: number,
  whole: Promise<boolean> = Promise.resolve(true),
): Chunks {
  return revision > 0 && format.toLowerCase() === 'native' ? frameBlocks(result, revision, whole) : result
}

/** A chunk of the result makes a chunk; nothing is held beyond it. */
async function* frameBlocks(
  result: Chunks,
  revision: number,
  whole: Promise<boolean>,
): AsyncIterable<Buffer> {
  const tape = new Tape()
  const place = { between: true }
  const walk = walkBlocks(tape, revision, place)
  for await (const chunk of result) {
    tape.give(chunk)
    walk.next()
    yield tape.take()
  }
  if (!place.between && (await whole)) throw unreadable()
}

/** @param place says whether a block has ended and the next not begun */
function* walkBlocks(tape: Tape, revision: number, place: { between: boolean }): Reading<never> {
  const layouts = new Map<string, Layout>()
  for (;;) {
    place.between = true
    yield* tape.ready()
    place.between = false
    tape.insert(BLOCK_INFO)
    const columns = yield* tape.varint()
    const rows = yield* tape.varint()
    for (let column = 0; column < columns; column++) {
      const name = yield* tape.text()
      const type = yield* tape.text()
      if (revision < REVISION_WITH_LOW_CARDINALITY && type.includes('LowCardinality('))
        throw tooOld(name, revision)
      if (revision >= REVISION_WITH_SERIALIZATION) tape.insert(ORDINARY)
      if (rows === 0) continue
      try {
        const layout = layouts.get(type) ?? layoutOf(type)
        layouts.set(type, layout)
        const values = yield* layout(tape)
        yield* values(tape, rows)
      } catch (error) {
        throw error instanceof EndlessType ? endless(name, error.message) : error
      }
    }
  }
}

function endless(column: string, type: string): Failure {
  if (!TYPE_NAME.test(type)) return unreadable()
  const fix = type.startsWith('AggregateFunction')
    ? `Select finalizeAggregation(${column})`
    : `Select toString(${column})`
  return new Failure(
    CODE.notImplemented,
    `Column ${column} has the type ${type}, which the embedded warehouse cannot send in the format Native to a client that gives client_protocol_version. ${fix}, or name another FORMAT`,
  )
}

function tooOld(column: string, revision: number): Failure {
  return new Failure(
    CODE.notImplemented,
    `Column ${column} is LowCardinality, which clients of revision ${revision} do not read. Give client_protocol_version=${REVISION_WITH_LOW_CARDINALITY} or more, or leave it out`,
  )
}

function unreadable(): Failure {
  return new Failure(
    CODE.notImplemented,
    'The blocks of the result are not laid out as their types say, so they cannot be sent in Native to a client that gives client_protocol_version. Leave out settings of output_format_native_ that change how types are written (encode_types_in_binary_format), or name another FORMAT',
  )
}
