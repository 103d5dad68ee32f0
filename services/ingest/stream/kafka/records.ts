/** Record batches as Kafka sends them, read message by message without an object for each. Format: Kafka protocol, message format v2. */
import { crc32c } from '@node-rs/crc32'
import { compressionsAlgorithmsByBitmask } from '@platformatic/kafka'
import { HEADERS } from '@shelfcast/contracts/topics'
import type { MessageView } from '../message.ts'
import type { Lease } from './leases.ts'

/** Where each field of a batch lies, from the batch's beginning. */
const BATCH = {
  length: 8,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  count: 57,
  records: 61,
} as const
/** What the length of a batch leaves out: the base offset, and the length itself. */
const LENGTH_FROM = 12

const COMPRESSION = 0x07
const APPEND_TIME = 0x08
const TRANSACTIONAL = 0x10
const CONTROL = 0x20
const ABORT_MARKER = 0

const TWO_32 = 4_294_967_296

/** A transaction that was given up: what its producer sent from this offset up to the abort marker does not count. */
export interface Aborted {
  producerId: number
  firstOffset: number
}

const ascii = (text: string) => Uint8Array.from(Buffer.from(text, 'latin1'))
const SCHEMA = ascii(HEADERS.schema)
const PRODUCED_AT = ascii(HEADERS.producedAt)
const REPLAY_OF = ascii(HEADERS.replayOf)

/** Records of one partition, as one answer holds them: whole batches, the last of which may be cut off. */
export class Records {
  /** Offset after the last whole batch: where the next fetch begins. */
  readonly end: number
  readonly #bytes: Buffer
  readonly #from: number
  readonly #limit: number
  readonly #transactions: readonly Aborted[]
  #lease: Lease | undefined
  readonly #aborted: Aborted[]
  readonly #abortedNow = new Set<number>()
  #batch = 0
  /** What the records of the batch lie in: the fetched bytes, or what they hold decompressed. */
  #source: Buffer
  #at = 0
  #left = 0
  #baseOffset = 0
  #baseTimestamp = 0
  #appendTime = -1
  #schemaBytes = new Uint8Array(0)
  #schema = ''

  /**
   * @param from what lies before this offset is passed over: a batch may begin before it
   * @param lease memory in which the bytes lie, to be given back by `release`
   */
  constructor(bytes: Buffer, from: number, aborted: readonly Aborted[] = [], lease?: Lease) {
    this.#lease = lease
    this.#bytes = bytes
    this.#source = bytes
    this.#from = from
    this.#transactions = aborted
    this.#aborted = [...aborted].sort((one, other) => one.firstOffset - other.firstOffset)
    let end = from
    let at = 0
    while (at + BATCH.records <= bytes.length) {
      const next = at + LENGTH_FROM + bytes.readInt32BE(at + BATCH.length)
      if (next > bytes.length) break
      end = Math.max(end, int64(bytes, at) + bytes.readInt32BE(at + BATCH.lastOffsetDelta) + 1)
      at = next
    }
    this.#limit = at
    this.end = end
  }

  /** The same records from the beginning. */
  again(): Records {
    return new Records(this.#bytes, this.#from, this.#transactions)
  }

  /** Gives the memory back: nothing may be read from here on, nor from a view of a message. */
  release(): void {
    this.#lease?.release()
    this.#lease = undefined
  }

  /** Bytes of the whole batches. */
  get size(): number {
    return this.#limit
  }

  /**
   * Reads the next message into `view`; false when there is none left.
   * @throws when a batch does not match its checksum, or is in a format that is not read
   */
  next(view: MessageView): boolean {
    for (;;) {
      while (this.#left === 0) if (!this.#open()) return false
      this.#left--
      const bytes = this.#source
      const end = this.#varint(bytes) + this.#at
      this.#at++
      const timestamp = this.#varint(bytes)
      const offset = this.#baseOffset + this.#varint(bytes)
      if (offset < this.#from) {
        this.#at = end
        continue
      }
      const keyLength = this.#varint(bytes)
      if (keyLength > 0) this.#at += keyLength
      const valueLength = this.#varint(bytes)
      view.offset = offset
      view.bytes = bytes
      view.start = valueLength < 0 ? -1 : this.#at
      if (valueLength > 0) this.#at += valueLength
      view.end = valueLength < 0 ? -1 : this.#at
      view.producedAt = this.#appendTime >= 0 ? this.#appendTime : this.#baseTimestamp + timestamp
      this.#headers(bytes, view)
      this.#at = end
      return true
    }
  }

  /** Goes to the next batch; false when there is none. One that holds no messages for us has none left. */
  #open(): boolean {
    const bytes = this.#bytes
    const at = this.#batch
    if (at >= this.#limit) return false
    const end = at + LENGTH_FROM + bytes.readInt32BE(at + BATCH.length)
    this.#batch = end
    this.#baseOffset = int64(bytes, at)
    const magic = bytes[at + BATCH.magic]
    if (magic !== 2) {
      throw new Error(
        `The batch at offset ${this.#baseOffset} is in message format ${magic}; this reader takes format 2. Have the broker convert it: let the producer use Kafka 0.11 or later.`,
      )
    }
    if (crc32c(bytes.subarray(at + BATCH.attributes, end)) !== bytes.readUInt32BE(at + BATCH.crc)) {
      throw new Error(`The batch at offset ${this.#baseOffset} does not match its checksum.`)
    }
    const attributes = bytes.readInt16BE(at + BATCH.attributes)
    const producerId = int64(bytes, at + BATCH.producerId)
    if ((attributes & CONTROL) !== 0) {
      // A control record's key is a version and a type, 16 bits each; its record head is five bytes of small varints.
      if (bytes.readInt16BE(controlKey(bytes, at + BATCH.records) + 2) === ABORT_MARKER) {
        this.#abortedNow.delete(producerId)
      }
      return true
    }
    const lastOffset = this.#baseOffset + bytes.readInt32BE(at + BATCH.lastOffsetDelta)
    while (this.#aborted.length > 0 && this.#aborted[0]!.firstOffset <= lastOffset) {
      this.#abortedNow.add(this.#aborted.shift()!.producerId)
    }
    if ((attributes & TRANSACTIONAL) !== 0 && this.#abortedNow.has(producerId)) return true
    if (lastOffset < this.#from) return true

    this.#baseTimestamp = int64(bytes, at + BATCH.baseTimestamp)
    this.#appendTime = (attributes & APPEND_TIME) === 0 ? -1 : int64(bytes, at + BATCH.maxTimestamp)
    const codec = attributes & COMPRESSION
    if (codec === 0) {
      this.#source = bytes
      this.#at = at + BATCH.records
    } else {
      this.#source = decompressed(codec, bytes.subarray(at + BATCH.records, end), this.#baseOffset)
      this.#at = 0
    }
    this.#left = bytes.readInt32BE(at + BATCH.count)
    return true
  }

  #headers(bytes: Buffer, view: MessageView): void {
    view.schema = undefined
    view.replayOf = undefined
    let producedAt: number | undefined
    for (let count = this.#varint(bytes); count > 0; count--) {
      const nameLength = this.#varint(bytes)
      const name = this.#at
      this.#at += nameLength
      const length = this.#varint(bytes)
      const at = this.#at
      if (length < 0) continue
      this.#at += length
      if (producedAt === undefined && same(bytes, name, nameLength, PRODUCED_AT)) {
        producedAt = decimal(bytes, at, at + length)
        if (Number.isSafeInteger(producedAt) && producedAt > 0) view.producedAt = producedAt
      } else if (view.schema === undefined && same(bytes, name, nameLength, SCHEMA)) {
        // Nearly all messages say the same, so the text is made once.
        if (!same(bytes, at, length, this.#schemaBytes)) {
          this.#schemaBytes = Uint8Array.from(bytes.subarray(at, at + length))
          this.#schema = bytes.toString('utf8', at, at + length)
        }
        view.schema = this.#schema
      } else if (view.replayOf === undefined && same(bytes, name, nameLength, REPLAY_OF)) {
        view.replayOf = bytes.toString('utf8', at, at + length)
      }
    }
  }

  /** A zigzag varint of up to 64 bits, exact to 2^53. */
  #varint(bytes: Buffer): number {
    let at = this.#at
    let byte = bytes[at++]!
    if (byte < 0x80) {
      this.#at = at
      return (byte >>> 1) ^ -(byte & 1)
    }
    let value = byte & 0x7f
    let factor = 128
    do {
      byte = bytes[at++]!
      value += (byte & 0x7f) * factor
      factor *= 128
    } while (byte >= 0x80)
    this.#at = at
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }
}

function int64(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at) * TWO_32 + bytes.readUInt32BE(at + 4)
}

/** Where the key of a control record lies: after its length, attributes, timestamp, offset and the key's length. */
function controlKey(bytes: Buffer, at: number): number {
  const pastVarint = (from: number) => {
    let next = from
    while (bytes[next++]! >= 0x80);
    return next
  }
  return pastVarint(pastVarint(pastVarint(pastVarint(at) + 1)))
}

function same(bytes: Buffer, at: number, length: number, expected: Uint8Array): boolean {
  if (length !== expected.length) return false
  for (let index = 0; index < length; index++) if (bytes[at + index] !== expected[index]) return false
  return true
}

/** A header's number: decimal digits, or whatever else JavaScript reads as one. */
function decimal(bytes: Buffer, start: number, end: number): number {
  let value = 0
  for (let at = start; at < end; at++) {
    const digit = bytes[at]! - 0x30
    if (digit < 0 || digit > 9) return Number(bytes.toString('latin1', start, end))
    value = value * 10 + digit
  }
  return value
}

function decompressed(codec: number, bytes: Buffer, offset: number): Buffer {
  const algorithm = compressionsAlgorithmsByBitmask[codec]
  if (!algorithm)
    throw new Error(`The batch at offset ${offset} is compressed by codec ${codec}, which is not known.`)
  try {
    return algorithm.decompressSync(bytes)
  } catch (error) {
    throw new Error(
      `The batch at offset ${offset} cannot be decompressed. Producers may use gzip, zstd, lz4 or none.`,
      { cause: error },
    )
  }
}
