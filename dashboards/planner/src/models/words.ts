/** Names and sentences of models, their figures and what happened to them. */

import type { ModelName } from '@shelfcast/contracts/manifest'
import type { VersionSummary } from '@shelfcast/contracts/model-answers'
import type { ModelEvent, ModelState } from '@shelfcast/contracts/models'
import type { Run } from '@shelfcast/contracts/runs'
import { baselineTitle } from '#format/baselines.ts'
import { shareTo1 } from '#format/numbers.ts'
import type { Tone } from '#ui/tones.ts'

export const MODEL_TITLES: Record<ModelName, string> = {
  demand: 'Demand',
  anomaly: 'Anomalies',
  'slow-mover': 'Slow movers',
  'lead-time': 'Lead-time demand',
}

export const STATES: Record<ModelState, { title: string; tone: Tone }> = {
  champion: { title: 'Champion', tone: 'good' },
  challenger: { title: 'Challenger', tone: 'accent' },
  retired: { title: 'Retired', tone: 'neutral' },
}

/** The model that a training is of; other runs are of none. */
export const modelOf = ({ parameters }: Pick<Run, 'parameters'>) => parameters.model as ModelName | undefined
export const runTitle = (run: Pick<Run, 'job' | 'parameters'>): string => {
  const model = modelOf(run)
  return model ? `Training: ${MODEL_TITLES[model].toLowerCase()}` : run.job
}

/** Of the rows of a backtest, inside a sentence. */
const ROWS: Record<string, string> = { model: 'this model', champion: 'champion before' }
const wordsOf = (name: string) => ROWS[name] ?? baselineTitle(name)
export const rowTitle = (name: string): string => {
  const words = wordsOf(name)
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** Metrics that are shares, by how they begin. */
const SHARES = /^(wape|mape|bias|coverage|upper_tail|below_|precision|recall|average_precision|accuracy)/
const digits = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 })
export const metricText = (name: string, value: number): string =>
  SHARES.test(name) ? shareTo1(value) : digits.format(value)

const METRIC_TITLES: Record<string, string> = {
  wape: 'WAPE',
  wrmsse: 'WRMSSE',
  r2: 'R²',
  mae_units: 'MAE, units',
  coverage_80: 'Coverage',
  average_precision: 'Average precision',
}
export const metricTitle = (name: string): string => METRIC_TITLES[name] ?? rowTitle(name)

/** Figures that say most about a model of its kind, those first that everybody asks for. */
const LEADING = ['wape', 'coverage_80', 'bias', 'average_precision', 'precision', 'recall']
export function leadingMetrics(
  metrics: VersionSummary['metrics'],
  most = 3,
): [name: string, value: number][] {
  const rank = (name: string) => (LEADING.includes(name) ? LEADING.indexOf(name) : LEADING.length)
  return Object.entries(metrics)
    .sort(([one], [other]) => rank(one) - rank(other))
    .slice(0, most)
}

export interface Rival {
  name: string
  wape: number
}

const NOT_BASELINES = new Set(['model', 'champion'])

/** The model and what it was compared with, by WAPE over the same backtest, the best first. */
export function rivals({ backtest }: Pick<VersionSummary, 'backtest'>): Rival[] {
  return (backtest?.rows ?? [])
    .flatMap(({ name, metrics }) => (metrics.wape === undefined ? [] : [{ name, wape: metrics.wape }]))
    .sort((one, other) => one.wape - other.wape)
}

/** How much less error the model has than the best baseline, and than seasonal naive. */
export function skill(rows: readonly Rival[]): string {
  const own = rows.find(({ name }) => name === 'model')
  const best = rows.find(({ name }) => !NOT_BASELINES.has(name))
  const seasonal = rows.find(({ name }) => name === 'seasonal_naive')
  if (!own || !best) return 'No baseline was scored beside it.'
  const against = ({ name, wape }: Rival) => {
    const less = 1 - own.wape / wape
    const much = shareTo1(Math.abs(Number(less.toFixed(3))))
    return `${much} ${less >= 0 ? 'less' : 'more'} error than ${wordsOf(name)}`
  }
  const first = `${against(best)}, the best baseline`
  return seasonal && seasonal !== best ? `${first}; ${against(seasonal)}` : first
}

const EVENTS: Record<ModelEvent['event'], { text: string; tone: Tone }> = {
  registered: { text: 'registered', tone: 'neutral' },
  refused: { text: 'lost the gate', tone: 'bad' },
  promoted: { text: 'promoted', tone: 'good' },
  retired: { text: 'retired', tone: 'neutral' },
  rolled_back: { text: 'serves again: rolled back', tone: 'warn' },
  shadow_started: { text: 'tried in shadow', tone: 'accent' },
  ab_started: { text: 'serves a share', tone: 'accent' },
  experiment_ended: { text: 'experiment ended', tone: 'neutral' },
}
export const eventLook = (event: ModelEvent['event']) => EVENTS[event]
