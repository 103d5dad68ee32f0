/**
 * What the gate recognises of what goes wrong in the twin's stores, held against the twin's own truth. It stands here
 * because it needs the twin and ingest, which know nothing of each other.
 */
import { LIMITS } from '@shelfcast/contracts/refusals'
import { alignTable, type BenchOptions, type BenchResult } from '../measure.ts'
import { bestByEvidence, bestByTime, f1 } from './bound.ts'
import { type Count, type Evaluation, evaluate, type FaultKind } from './evaluation.ts'
import { createJudge } from './judge.ts'

const BASKETS = 1_000_000
const QUICK_BASKETS = 2_000
const WORLD = 'small'
const SEED = 1

/** Faults that a gate can tell by one message and what it remembers, and what it does with them. */
const DECIDED: readonly (readonly [title: string, kind: FaultKind, outcome: string])[] = [
  ['double_scan', 'double_scan', 'duplicate_line'],
  ['repeated_message', 'repeated_message', 'repeated'],
  ['malformed', 'malformed', 'not_json, schema'],
  ['unknown_sku', 'unknown_sku', 'unknown_sku'],
  ['wrong_price: zero', 'price_zero', 'price_zero'],
  ['wrong_price: times_ten, tenth', 'price_digit', 'price_unlikely'],
  ['late_message', 'late_message', 'counted as late'],
]

export async function benchGate({ quick, baskets, progress }: BenchOptions): Promise<BenchResult> {
  const amount = baskets ?? (quick ? QUICK_BASKETS : BASKETS)
  const evaluation = await progress.step('Baskets through the gate', (note) =>
    evaluate({
      baskets: amount,
      world: WORLD,
      seed: SEED,
      createJudge,
      onHour: (done) => note(`${done.toLocaleString('en')} of ${amount.toLocaleString('en')}`),
    }),
  )
  const doubles = doubleScanFigures(evaluation)
  return {
    table: [decidedTable(evaluation), doublesTable(evaluation, doubles), otherTable(evaluation)].join('\n\n'),
    figures: { ...figuresOf(evaluation), ...doubles },
  }
}

/** How double scans do beside the best possible rule. */
export function doubleScanFigures({ faults, repeats, shown }: Evaluation): Record<string, number> {
  const { labelled, found, right } = faults.double_scan
  const reached = f1(right, found, labelled)
  const byTime = bestByTime(labelled, repeats.byHand)
  const byEvidence = bestByEvidence(shown.values(), labelled)
  return {
    double_scan_best_f1_by_time: rounded(byTime.f1),
    double_scan_best_limit_ms: byTime.limitMs,
    double_scan_share_of_best_by_time: rounded(reached / byTime.f1),
    double_scan_best_f1_by_evidence: rounded(byEvidence),
    double_scan_share_of_best_by_evidence: rounded(reached / byEvidence),
    repeats: repeats.all,
    repeats_kept: repeats.kept,
    repeats_kept_share: rounded(repeats.kept / repeats.all),
  }
}

function figuresOf(evaluation: Evaluation): Record<string, number> {
  const figures: Record<string, number> = {
    baskets: evaluation.baskets,
    lines: evaluation.lines,
    messages: evaluation.messages,
  }
  for (const [, kind] of DECIDED) {
    const count = evaluation.faults[kind]
    figures[`${kind}_labelled`] = count.labelled
    figures[`${kind}_found`] = count.found
    figures[`${kind}_precision`] = rounded(precision(count))
    figures[`${kind}_recall`] = rounded(recall(count))
    figures[`${kind}_f1`] = rounded(f1(count.right, count.found, count.labelled))
  }
  figures.out_of_order_labelled = evaluation.faults.out_of_order.labelled
  figures.out_of_order_counted_late = evaluation.faults.out_of_order.found
  figures.price_yesterday_labelled = evaluation.faults.price_yesterday.labelled
  figures.late_unexplained = evaluation.lateUnexplained
  return figures
}

function decidedTable({ baskets, lines, faults }: Evaluation): string {
  const rows = DECIDED.map(([title, kind, outcome]) => {
    const fault = faults[kind]
    return [
      title,
      outcome,
      whole(fault.labelled),
      whole(fault.found),
      share(precision(fault)),
      share(recall(fault)),
      share(f1(fault.right, fault.found, fault.labelled)),
    ]
  })
  const title = `${whole(baskets)} baskets, ${whole(lines)} lines`
  return alignTable([[title, 'gate', 'labelled', 'found', 'precision', 'recall', 'F1'], ...rows])
}

function doublesTable({ repeats }: Evaluation, figures: Record<string, number>): string {
  const reached = (share: number) => `${(100 * share).toFixed(1)}%`
  return alignTable([
    ['double_scan beside the best possible rule', 'best F1', 'reached'],
    [
      `by the time between two scans (limit ${figures.double_scan_best_limit_ms} ms; the gate's ${LIMITS.doubleScanMs} ms)`,
      share(figures.double_scan_best_f1_by_time!),
      reached(figures.double_scan_share_of_best_by_time!),
    ],
    [
      'by all that a basket shows',
      share(figures.double_scan_best_f1_by_evidence!),
      reached(figures.double_scan_share_of_best_by_evidence!),
    ],
    [
      `real repeats kept: ${whole(repeats.kept)} of ${whole(repeats.all)}`,
      '',
      reached(figures.repeats_kept_share!),
    ],
  ])
}

/** What no gate can decide, and where it is left. */
function otherTable({ faults, others, lateUnexplained }: Evaluation): string {
  const { out_of_order, price_yesterday } = faults
  const count = (kind: 'clock_skew' | 'missing_till_hour' | 'spike' | 'drop' | 'theft') =>
    whole(others.get(kind) ?? 0)
  return alignTable([
    ['left to others', 'labelled', ''],
    ['out_of_order', whole(out_of_order.labelled), `accepted; ${whole(out_of_order.found)} counted as late`],
    ['wrong_price: yesterday', whole(price_yesterday.labelled), 'accepted: a likely price'],
    [
      'clock_skew (till days)',
      count('clock_skew'),
      `accepted; late without a late label or a wrong clock: ${whole(lateUnexplained)}`,
    ],
    ['missing_till_hour', count('missing_till_hour'), 'nothing arrives'],
    [
      'spike, drop, theft (store-SKU-days)',
      [count('spike'), count('drop'), count('theft')].join(', '),
      'right messages',
    ],
  ])
}

const precision = ({ right, found }: Count) => (found === 0 ? 1 : right / found)
const recall = ({ right, labelled }: Count) => (labelled === 0 ? 1 : right / labelled)
const rounded = (figure: number) => Math.round(figure * 1e6) / 1e6
const share = (figure: number) => figure.toFixed(4)
const whole = (figure: number) => figure.toLocaleString('en')
