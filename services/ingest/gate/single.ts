/** Rules of the topics whose message is one row: stock movements and till events. */
import { InventoryMovement, PosEvent } from '@shelfcast/contracts/events'
import { LIMITS, type RefusalCode } from '@shelfcast/contracts/refusals'
import { type EventTopic, SCHEMA_VERSION } from '@shelfcast/contracts/topics'
import { Compile } from 'typebox/compile'
import { businessDate } from '../calendar.ts'
import type { Message, Parsed, Refusal, Row, World } from './message.ts'
import { firstFault, isEventTime, parseDay, parseInstant, parseObject, refuse } from './parse.ts'

const movementValidator = Compile(InventoryMovement)
const eventValidator = Compile(PosEvent)

export function parseMovement(message: Message): Parsed | Refusal {
  const parsed = parseObject(message, SCHEMA_VERSION['inventory-updates'])
  if (!('object' in parsed)) return parsed
  const value = parsed.object
  if (!movementValidator.Check(value)) return refuse('schema', firstFault(movementValidator, value))
  const { movement_id, event_time, expires_on, ...rest } = value
  const expiry = expires_on === undefined ? undefined : parseDay(expires_on)
  if (expires_on !== undefined && expiry === undefined) {
    return refuse('schema', `/expires_on is ${expires_on}, which is no day of the calendar`)
  }
  return single(message, 'inventory-updates', {
    id: movement_id,
    storeId: value.store_id,
    sku: value.sku,
    eventTime: event_time,
    cells: { ...rest, movement_id, expires_on: expiry },
    fault:
      Math.abs(value.quantity) > LIMITS.quantity[value.unit] * 100
        ? { reason: 'quantity_out_of_range', detail: `quantity is ${value.quantity}` }
        : undefined,
  })
}

export function parsePosEvent(message: Message): Parsed | Refusal {
  const parsed = parseObject(message, SCHEMA_VERSION['pos-events'])
  if (!('object' in parsed)) return parsed
  const value = parsed.object
  if (!eventValidator.Check(value)) return refuse('schema', firstFault(eventValidator, value))
  const { event_id, event_time, detail, ...rest } = value
  return single(message, 'pos-events', {
    id: event_id,
    storeId: value.store_id,
    sku: value.sku,
    eventTime: event_time,
    cells: { ...rest, event_id, note: detail },
    fault: undefined,
  })
}

function single(
  message: Message,
  topic: EventTopic,
  event: {
    id: string
    storeId: string
    sku: string | undefined
    eventTime: string
    cells: Parsed['cells']
    fault: { reason: RefusalCode; detail: string } | undefined
  },
): Parsed | Refusal {
  const at = parseInstant(event.eventTime)
  if (!isEventTime(at)) {
    return refuse('time_out_of_range', `event_time of this message on ${topic} is ${event.eventTime}`, {
      cells: event.cells,
    })
  }
  const cells = { ...event.cells, event_time: at }
  return {
    id: event.id,
    storeId: event.storeId,
    lineCount: 1,
    cells,
    unknown: (world) =>
      world.store(event.storeId) === undefined ||
      (event.sku !== undefined && world.product(event.sku) === undefined),
    judge: (world) => [judgeSingle(message, event, cells, at, world)],
  }
}

function judgeSingle(
  message: Message,
  event: {
    storeId: string
    sku: string | undefined
    fault: { reason: RefusalCode; detail: string } | undefined
  },
  cells: Parsed['cells'],
  at: number,
  world: World,
): Row {
  const refused = (reason: RefusalCode, detail: string): Row => ({
    ...cells,
    line_no: 0,
    line_count: 1,
    reason,
    detail,
    payload: message.value!,
  })
  const store = world.store(event.storeId)
  if (!store) return refused('unknown_store', `store "${event.storeId}" is not in the reference data`)
  if (event.sku !== undefined && !world.product(event.sku)) {
    return refused('unknown_sku', `SKU "${event.sku}" is not in the reference data`)
  }
  if (event.fault) return refused(event.fault.reason, event.fault.detail)
  return { ...cells, line_no: 0, line_count: 1, business_date: businessDate(at, store.timeZone) }
}
