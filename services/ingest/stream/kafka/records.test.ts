/** Batches that another library has written, read message by message. */
import { allowedCompressionsAlgorithms, crc32c, createRecordsBatch, NumericMap } from '@platformatic/kafka'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { MessageView } from '../message.ts'
import { type Aborted, Records } from './records.ts'

interface Sent {
  value: Buffer | null
  key: string
  headers: Record<string, string>
  timestamp: number
}

const NOW = Date.UTC(2026, 0, 5)
const CRC_AT = 17

/** A batch as a broker keeps it: the broker sets the base offset, which the checksum leaves out. */
function batch(
  messages: readonly Sent[],
  baseOffset: number,
  compression = 'none',
  producerId?: number,
): Buffer {
  const bytes = createRecordsBatch(
    messages.map(({ value, key, headers, timestamp }) => ({
      topic: 't',
      key: Buffer.from(key),
      value: value as Buffer,
      headers: new Map(Object.entries(headers).map(([name, text]) => [Buffer.from(name), Buffer.from(text)])),
      timestamp: BigInt(timestamp),
    })),
    {
      compression: compression as 'none',
      producerId: BigInt(producerId ?? 0),
      producerEpoch: 0,
      sequences: new NumericMap(),
      ...(producerId !== undefined && { transactionalId: 'transaction' }),
    },
  ).buffer
  const copy = Buffer.from(bytes)
  copy.writeBigInt64BE(BigInt(baseOffset), 0)
  return copy
}

function sent(text: string, overrides: Partial<Sent> = {}): Sent {
  return { value: Buffer.from(text), key: 'S1', headers: {}, timestamp: NOW, ...overrides }
}

const empty = (): MessageView => ({
  offset: 0,
  bytes: new Uint8Array(),
  start: -1,
  end: -1,
  producedAt: 0,
  schema: undefined,
  replayOf: undefined,
})

function read(bytes: Buffer, from = 0, aborted: Aborted[] = []) {
  const records = new Records(bytes, from, aborted)
  const view = empty()
  const actual = []
  while (records.next(view)) {
    const { bytes: source, start, end, ...rest } = view
    actual.push({
      ...rest,
      value: start < 0 ? null : Buffer.from(source.subarray(start, end)).toString('base64'),
    })
  }
  return { found: actual, end: records.end }
}

test.each(allowedCompressionsAlgorithms)('what was sent is read, compressed with %s', (compression) => {
  const header = fc.record(
    {
      schema: fc.string({ maxLength: 40 }),
      produced_at: fc.nat().map(String),
      replay_of: fc.string({ unit: 'binary', maxLength: 200 }).filter((text) => text.isWellFormed()),
      traceparent: fc.string(),
    },
    { requiredKeys: [] },
  )
  const message = fc.record({
    value: fc.oneof(
      fc.constant(null),
      fc.uint8Array({ maxLength: 9_000 }).map((bytes) => Buffer.from(bytes)),
    ),
    key: fc.string(),
    headers: header,
    // The library writes what lies further apart wrongly.
    timestamp: fc.integer({ min: NOW, max: NOW + 2 ** 31 - 1 }),
  })
  fc.assert(
    fc.property(fc.array(fc.array(message, { minLength: 1, maxLength: 20 }), { maxLength: 4 }), (batches) => {
      let offset = 7
      const parts = batches.map((messages) => {
        const bytes = batch(messages, offset, compression)
        offset += messages.length
        return bytes
      })
      const { found: actual, end } = read(Buffer.concat(parts), 7)
      expect(end).toBe(offset)
      expect(actual).toEqual(
        batches.flat().map(({ value, headers, timestamp }, index) => ({
          offset: 7 + index,
          producedAt: Number(headers.produced_at ?? 0) || timestamp,
          schema: headers.schema,
          replayOf: headers.replay_of,
          value: value?.toString('base64') ?? null,
        })),
      )
    }),
    { numRuns: 40 },
  )
})

test('a batch that is cut off is left for the next fetch, and what lies before the wanted offset is passed over', () => {
  const bytes = Buffer.concat([
    batch([sent('a'), sent('b'), sent('c')], 10),
    batch([sent('d')], 13),
    batch([sent('e')], 14).subarray(0, 70),
  ])
  const { found: actual, end } = read(bytes, 11)
  expect(actual.map(({ offset }) => offset)).toEqual([11, 12, 13])
  expect(end).toBe(14)
  expect(read(bytes.subarray(0, 20), 11)).toEqual({ found: [], end: 11 })
})

test('a transaction that was given up does not count, one that was not does', () => {
  const marker = (offset: number, type: number): Buffer => {
    const key = Buffer.alloc(4)
    key.writeInt16BE(type, 2)
    const bytes = batch([{ ...sent(''), key: key.toString('latin1') }], offset, 'none', 5)
    bytes.writeInt16BE(bytes.readInt16BE(21) | 0x20, 21)
    return resealed(bytes)
  }
  const bytes = Buffer.concat([
    batch([sent('given up')], 0, 'none', 5),
    batch([sent('other')], 1, 'none', 6),
    marker(2, 0),
    batch([sent('kept')], 3, 'none', 5),
    marker(4, 1),
  ])
  const { found: actual, end } = read(bytes, 0, [{ producerId: 5, firstOffset: 0 }])
  expect(actual.map(({ value }) => Buffer.from(value!, 'base64').toString())).toEqual(['other', 'kept'])
  expect(end).toBe(5)
})

test('bytes that do not match their checksum are not taken', () => {
  const bytes = batch([sent('good')], 3)
  bytes[bytes.length - 8]! ^= 1
  expect(() => read(bytes)).toThrow(/offset 3 does not match its checksum/)
})

function resealed(bytes: Buffer): Buffer {
  bytes.writeUInt32BE(crc32c(bytes.subarray(21)), CRC_AT)
  return bytes
}
