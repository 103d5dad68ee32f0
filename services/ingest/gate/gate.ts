/**
 * The gate: decides over the messages of a block. Given the same messages, reference data and history it decides the
 * same, so a block that is read again, here or by another process, comes out alike.
 */
import type { EventTopic } from '@shelfcast/contracts/topics'
import { isRefusal, type Message, type Parse, type Refusal, type Row, type World } from './message.ts'
import { parseSale } from './sales.ts'
import { parseMovement, parsePosEvent } from './single.ts'

const PARSERS: Record<EventTopic, Parse> = {
  'sales-transactions': parseSale,
  'inventory-updates': parseMovement,
  'pos-events': parsePosEvent,
}

/** What the gate asks of the rest of ingest. */
export interface GateContext {
  world: World
  /** Reads the reference data again; called when a message names a store or SKU that is not known. */
  refreshWorld(): Promise<void>
  /**
   * Which of these messages were accepted in earlier blocks of this partition.
   * @param keys id and store of each, as `key` spells them
   */
  accepted(keys: string[]): Promise<Set<string>>
}

/** How repetition spells a message: ids are unique within a store. */
export function key(storeId: string, id: string): string {
  return `${storeId} ${id}`
}

export interface Judged {
  message: Message
  rows: Row[]
  /** Id and store as `key` spells them, where something of the message was accepted. */
  spelled?: string
}

/** @param messages of one partition, in the order of their offsets */
export async function judge(
  topic: EventTopic,
  messages: readonly Message[],
  context: GateContext,
): Promise<Judged[]> {
  const parsed = messages.map((message) => ({ message, parsed: PARSERS[topic](message) }))
  const wellFormed = parsed.flatMap(({ parsed }) => (isRefusal(parsed) ? [] : [parsed]))
  if (wellFormed.some((message) => message.unknown(context.world))) await context.refreshWorld()
  const seen =
    wellFormed.length > 0
      ? await context.accepted([...new Set(wellFormed.map(({ storeId, id }) => key(storeId, id)))])
      : new Set<string>()

  return parsed.map(({ message, parsed }) => {
    if (isRefusal(parsed)) return { message, rows: [wholeMessage(message, parsed)] }
    const spelled = key(parsed.storeId, parsed.id)
    if (seen.has(spelled)) {
      const detail = `"${parsed.id}" of store "${parsed.storeId}" was accepted at an earlier offset`
      const refusal: Refusal = {
        reason: 'repeated',
        detail,
        lineCount: parsed.lineCount,
        cells: parsed.cells,
      }
      return { message, rows: [wholeMessage(message, refusal)] }
    }
    const rows = parsed.judge(context.world)
    // A message of which nothing was accepted leaves no trace in the history, so it must leave none here either.
    if (rows.every((row) => row.reason !== undefined)) return { message, rows }
    seen.add(spelled)
    return { message, rows, spelled }
  })
}

function wholeMessage(message: Message, refusal: Refusal): Row {
  return {
    ...refusal.cells,
    line_no: 0,
    line_count: refusal.lineCount,
    reason: refusal.reason,
    detail: refusal.detail,
    payload: message.value ?? new Uint8Array(),
  }
}
