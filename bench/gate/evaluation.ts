/** Lets the twin live, hands its messages to the gate, and counts what the gate made of each fault. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { dayOf } from '@shelfcast/contracts/dates'
import type { Basket, SaleLine } from '@shelfcast/contracts/events'
import type { RefusalCode } from '@shelfcast/contracts/refusals'
import type { EventTopic } from '@shelfcast/contracts/topics'
import { createConditions } from '@shelfcast/datagen/sim/conditions'
import { PLAIN_POLICY } from '@shelfcast/datagen/sim/model'
import type { SourceEvent } from '@shelfcast/datagen/source'
import { createLive } from '@shelfcast/datagen/till/live'
import { APART_MS } from '@shelfcast/datagen/till/service'
import { createPreset, type PresetName } from '@shelfcast/datagen/world/presets'
import type { World } from '@shelfcast/datagen/world/world'
import { type Evidence, evidenceOf, type Shown } from './bound.ts'
import type { Judge, Verdict } from './judge.ts'
import { createTruthBook, type LineFault, type OtherKind, type Truth } from './truth.ts'

/** Of one kind of fault. `found` is what the gate takes for one, `right` those of them that are. */
export interface Count {
  labelled: number
  found: number
  right: number
}

export type FaultKind = LineFault | 'repeated_message' | 'malformed' | 'late_message' | 'out_of_order'

export interface Evaluation {
  baskets: number
  lines: number
  messages: number
  faults: Record<FaultKind, Count>
  others: ReadonlyMap<OtherKind, number>
  /** Lines that customers really bought once more, how many of them hands passed one by one, and what was kept. */
  repeats: { all: number; byHand: number; kept: number }
  /** Pairs of lines that are alike but for their times, by what else the basket shows of them. */
  shown: ReadonlyMap<Evidence, Shown>
  /** Refusals that no label explains, by reason. */
  unexplained: ReadonlyMap<RefusalCode, number>
  /** Messages counted as late that neither came late nor from a till whose clock was wrong. */
  lateUnexplained: number
}

export interface EvaluationOptions {
  baskets: number
  world: PresetName
  seed: number
  /** The gate, for stores and products of this world. */
  createJudge(world: World): Judge
  onHour?(baskets: number): void
}

/** Which fault a refusal takes the message or line for. */
const TAKEN_FOR: Partial<Record<RefusalCode, FaultKind>> = {
  duplicate_line: 'double_scan',
  unknown_sku: 'unknown_sku',
  price_zero: 'price_zero',
  price_unlikely: 'price_digit',
  repeated: 'repeated_message',
  not_json: 'malformed',
  schema: 'malformed',
}
const FIRST_DAY = '2026-01-05'
const LINE_FAULTS: readonly LineFault[] = [
  'double_scan',
  'unknown_sku',
  'price_zero',
  'price_digit',
  'price_yesterday',
]
const [SOONEST_MS, MORE_MS] = APART_MS

export async function evaluate(options: EvaluationOptions): Promise<Evaluation> {
  const { baskets, seed, onHour } = options
  const preset = createPreset(options.world)
  const live = createLive(
    { conditions: createConditions(preset, seed), policy: PLAIN_POLICY, run: 'GATE' },
    { day: dayOf(FIRST_DAY) },
  )
  const judge = options.createJudge(preset)
  const book = createTruthBook()
  const nothing = (): Count => ({ labelled: 0, found: 0, right: 0 })
  const faults = Object.fromEntries(
    [...LINE_FAULTS, 'repeated_message', 'malformed', 'late_message', 'out_of_order'].map((kind) => [
      kind,
      nothing(),
    ]),
  ) as Evaluation['faults']
  const shown = new Map<Evidence, Shown>()
  const unexplained = new Map<RefusalCode, number>()
  const repeats = { all: 0, byHand: 0, kept: 0 }
  const sum = { baskets: 0, lines: 0, messages: 0 }
  const late: { store: string; till: number; at: number }[] = []

  while (sum.baskets < baskets) {
    const { events, labels } = live.hour()
    for (const label of labels) book.add(label)
    for (const event of events) take(event)
    onHour?.(sum.baskets)
    await nextTurn()
  }
  return {
    ...sum,
    faults,
    others: book.others,
    repeats,
    shown,
    unexplained,
    lateUnexplained: late.filter(({ store, till, at }) => !book.isWrongClock(store, till, at)).length,
  }

  function take(event: SourceEvent): void {
    const { topic, store_id, value } = event
    const message = read(topic, value)
    const verdict = judge(event)
    const delivery = book.delivery(store_id, message.id)
    sum.messages++
    if (delivery?.isRepetition) {
      const isRefused = verdict.accepted === 0
      count('repeated_message', true, isRefused)
      return
    }
    const truth = delivery?.truth
    for (const [line, reason] of verdict.refused) compare(line, reason, truth)
    for (const fault of truth?.lines.values() ?? []) faults[fault].labelled++
    if (truth?.malformed) faults.malformed.labelled++
    if (verdict.accepted > 0) {
      count('late_message', truth?.late === true, verdict.latenessS > 0)
      if (truth?.outOfOrder) count('out_of_order', true, verdict.latenessS > 0)
      if (verdict.latenessS > 0 && !truth?.late)
        late.push({ store: store_id, till: message.till, at: message.at })
    }
    if (topic !== 'sales-transactions') return
    sum.baskets++
    sum.lines += event.lines
    if (message.lines) takeLines(message.lines, truth, verdict)
  }

  function compare(line: number, reason: RefusalCode, truth: Truth | undefined): void {
    const kind = TAKEN_FOR[reason]
    const isRight =
      kind === 'malformed'
        ? truth?.malformed === true
        : kind !== undefined && kind !== 'repeated_message' && truth?.lines.get(line) === kind
    if (kind) {
      faults[kind].found++
      if (isRight) faults[kind].right++
    }
    if (!isRight) unexplained.set(reason, (unexplained.get(reason) ?? 0) + 1)
  }

  function count(kind: FaultKind, isLabelled: boolean, isFound: boolean): void {
    if (isLabelled) faults[kind].labelled++
    if (isFound) faults[kind].found++
    if (isLabelled && isFound) faults[kind].right++
  }

  /** Looks for lines that are alike: pieces scanned twice, and customers who bought two. */
  function takeLines(lines: readonly SaleLine[], truth: Truth | undefined, { refused }: Verdict): void {
    for (let line = 1; line < lines.length; line++) {
      const earlier = alikeBefore(lines, line, () => true)
      if (earlier === -1) continue
      const isDouble = isDoubled(line)
      const evidence = evidenceOf(lines, earlier, line)
      const scans = shown.get(evidence) ?? { doubles: 0, repeats: 0 }
      shown.set(evidence, scans)
      if (isDouble) scans.doubles++
      else scans.repeats++
      const piece = isDouble ? -1 : alikeBefore(lines, line, (other) => !isDoubled(other))
      if (piece === -1) continue
      repeats.all++
      if (timeBetween(lines[piece]!, lines[line]!) < SOONEST_MS + MORE_MS) repeats.byHand++
      if (!refused.has(line + 1)) repeats.kept++
    }

    function isDoubled(line: number): boolean {
      return truth?.lines.get(line + 1) === 'double_scan'
    }
  }
}

/** Place of the nearest earlier line that is alike but for its time, or -1. */
function alikeBefore(lines: readonly SaleLine[], line: number, counts: (other: number) => boolean): number {
  const { sku, quantity, unit_price, discount } = lines[line]!
  for (let other = line - 1; other >= 0; other--) {
    const candidate = lines[other]!
    if (
      candidate.sku !== sku ||
      candidate.quantity !== quantity ||
      candidate.unit_price !== unit_price ||
      candidate.discount !== discount
    )
      continue
    if (counts(other)) return other
  }
  return -1
}

function timeBetween(earlier: SaleLine, later: SaleLine): number {
  return Date.parse(later.scanned_at) - Date.parse(earlier.scanned_at)
}

interface Said {
  id: string
  till: number
  at: number
  lines?: SaleLine[]
}

const ID_FIELDS = {
  'sales-transactions': 'basket_id',
  'inventory-updates': 'movement_id',
  'pos-events': 'event_id',
} as const satisfies Record<EventTopic, string>

/** What a message says, also when it is damaged: its id stays legible. */
function read(topic: EventTopic, value: Buffer): Said {
  const text = value.toString('latin1')
  try {
    const message = JSON.parse(text) as Partial<Basket> & Record<string, string>
    return {
      id: message[ID_FIELDS[topic]]!,
      till: Number(message.till_id ?? 0),
      at: Date.parse(message.event_time!),
      lines: message.lines,
    }
  } catch {
    return { id: text.match(/"basket_id":"([^"]*)"/)![1]!, till: 0, at: 0 }
  }
}
