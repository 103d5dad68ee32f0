/** Puts the gate of a chain together: reader, judge and rows. */
import { ID_FIELD, ID_HASH_SEEDS, ID_SEPARATOR, murmur3 } from '@shelfcast/contracts/identity'
import { parsePosition, positionText } from '@shelfcast/contracts/lake'
import type { MessageView } from '../message.ts'
import { copyBytes } from '../text-column.ts'
import { BasketJudge } from './basket.ts'
import { Products, Stores } from './dimensions.ts'
import type { Gate, GateOptions } from './gate-of-topic.ts'
import { advance, latenessOf, NO_TILL } from './lateness.ts'
import { type Reader, readerOf } from './reader.ts'
import { RowsWriter } from './rows-writer.ts'
import type { TextField } from './scratch.ts'
import { SingleRowJudge } from './single-row.ts'

export function createGate(options: GateOptions, reader: Reader = readerOf(options.topic)): Gate {
  const { topic, epoch, partition, world, memory, clocks } = options
  const { scratch } = reader
  const rows = new RowsWriter({ topic, epoch, partition }, scratch)
  const { columns } = rows
  const stores = new Stores(columns.text('store_id'), world)
  const products = new Products(columns.text('sku'), world)
  const judge =
    topic === 'sales-transactions'
      ? new BasketJudge(scratch, columns, products)
      : new SingleRowJudge(scratch, columns, products, topic === 'inventory-updates')
  const storeId = scratch.fields.text('store_id')
  const messageId = scratch.fields.text(ID_FIELD[topic])
  const eventTime = scratch.fields.number('event_time').value
  const till = topic === 'inventory-updates' ? undefined : scratch.fields.number('till_id').value
  const identity = new Identity()
  const acceptance = { businessDate: 0, latenessS: 0, low: 0, high: 0 }

  /** What the message is the corrected replay of, spelled as `positionText` does. */
  function replayed({ replayOf }: MessageView): { text: string; isLine: boolean } | undefined {
    const position = replayOf === undefined ? undefined : parsePosition(replayOf)
    if (position?.topic !== topic) return undefined
    return { text: positionText(position), isLine: position.line > 0 }
  }

  function identify(replay: ReturnType<typeof replayed>): void {
    identity.set(scratch.source, storeId, messageId, replay?.isLine ? replay.text : undefined)
  }

  return {
    columns,
    get tally() {
      return rows.tally
    },
    get letters() {
      return rows.letters
    },

    judge(message, isFinal) {
      reader.read(message)
      const replay = message.replayOf === undefined ? undefined : replayed(message)
      const replayOf = replay?.text
      const { refusal } = scratch
      if (refusal) {
        if (refusal.legible) rows.cells.prepare(scratch.source)
        rows.refuse(message, replayOf, refusal.reason, refusal.detail, refusal.legible)
        return 'judged'
      }
      identify(replay)
      const { low, high } = identity
      rows.cells.prepare(scratch.source)
      if (memory.has(low, high)) {
        const detail = `"${text(messageId)}" of store "${text(storeId)}" was accepted at an earlier offset`
        rows.refuse(message, replayOf, 'repeated', detail, true)
        return 'judged'
      }
      const store = stores.of(storeId.entry[0]!)
      if (!store) {
        if (!isFinal) return 'unknown'
        const detail = `store "${text(storeId)}" is not in the reference data`
        rows.refuse(message, replayOf, 'unknown_store', detail, true)
        return 'judged'
      }
      if (!judge.judge(isFinal)) return 'unknown'
      const at = eventTime[0]!
      // A message of which nothing is accepted leaves no trace: it may come again, corrected.
      if (judge.accepted > 0) {
        const tillId = till === undefined ? NO_TILL : till[0]!
        acceptance.latenessS = latenessOf(clocks.get(store.id), tillId, at)
        advance(clocks, store.id, tillId, at)
        memory.add(low, high)
      } else acceptance.latenessS = 0
      acceptance.businessDate = store.dayOf(at)
      acceptance.low = low
      acceptance.high = high
      rows.append(message, replayOf, judge, acceptance)
      return 'judged'
    },

    idHash(message) {
      reader.read(message)
      if (scratch.refusal) return undefined
      identify(replayed(message))
      return { low: identity.low, high: identity.high }
    },

    clear() {
      rows.clear()
      stores.clear()
      judge.clear()
    },
  }

  function text({ start, end }: TextField): string {
    const { buffer, byteOffset } = scratch.source
    return Buffer.from(buffer, byteOffset + start[0]!, end[0]! - start[0]!).toString()
  }
}

/** Hash of the identity of a message. */
class Identity {
  low = 0
  high = 0
  // Store id, message id, position and what is between them.
  readonly #bytes = new DataView(new ArrayBuffer(512))

  set(source: DataView, store: TextField, id: TextField, replayOf: string | undefined): void {
    let length = this.#put(source, store, 0)
    this.#bytes.setUint8(length++, ID_SEPARATOR)
    length = this.#put(source, id, length)
    if (replayOf !== undefined) {
      this.#bytes.setUint8(length++, ID_SEPARATOR)
      for (const character of replayOf) this.#bytes.setUint8(length++, character.charCodeAt(0))
    }
    this.low = murmur3(this.#bytes, length, ID_HASH_SEEDS.low)
    this.high = murmur3(this.#bytes, length, ID_HASH_SEEDS.high)
    // 0 says that a row has no hash.
    if (this.low === 0 && this.high === 0) this.low = 1
  }

  #put(source: DataView, { start, end }: TextField, at: number): number {
    const length = end[0]! - start[0]!
    copyBytes(source, start[0]!, this.#bytes, at, length)
    return at + length
  }
}
