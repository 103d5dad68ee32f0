/**
 * Risks of running out for each of the next 14 days, held against the twin's truth: Brier score, skill and reliability,
 * beside the rate rule of today. The calibration is learned from what the platform sees, weeks before what is reported.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { dayOf } from '@shelfcast/contracts/dates'
import { createPreset } from '@shelfcast/datagen/world/presets'
import { REPOSITORY } from '@shelfcast/platform/state/layout'
import { alignTable, type BenchOptions, type BenchResult } from '../measure.ts'
import { diagramOf } from './diagram.ts'
import { evaluateRisks, type RiskEvaluation } from './evaluation.ts'
import { byTenth, calibrationError, compareBrier, reliability, type Scored } from './scores.ts'

/** How it is calculated was chosen on seed 1. */
const SEED = 2
const FROM = '2026-03-02'
const BEFORE = 56
const FULL = { learned: 84, calibrating: 84, reported: 84, every: 3 } as const
const QUICK = { learned: 56, calibrating: 14, reported: 14, every: 7 } as const
const DIAGRAM = join(REPOSITORY, 'docs', 'images', 'stock-out-risk.svg')

const METHODS = ['calibrated', 'formula', 'rateCalibrated', 'frequency', 'rate'] as const
const TITLES: Record<(typeof METHODS)[number], string> = {
  calibrated: 'calibrated',
  formula: 'formula as it is',
  rateCalibrated: 'rate rule, calibrated too',
  frequency: 'frequency, for all alike',
  rate: 'rate rule of today',
}
const FIGURE: Record<(typeof METHODS)[number], string> = {
  calibrated: 'calibrated',
  formula: 'formula',
  rateCalibrated: 'rate_calibrated',
  frequency: 'frequency',
  rate: 'rate',
}

export async function benchStockOutRisk({ quick, progress }: BenchOptions): Promise<BenchResult> {
  const evaluation = await progress.step('Stock-out risk', async (note) =>
    evaluateRisks({
      world: createPreset('small'),
      seed: SEED,
      from: dayOf(FROM),
      before: BEFORE,
      ...(quick ? QUICK : FULL),
      onStep: note,
    }),
  )
  const all = METHODS.map((method) => evaluation[method].flat())
  const cases = all[0]!.length
  const missed = shareOf(all[0]!)
  if (!quick)
    writeFileSync(
      DIAGRAM,
      diagramOf(
        Object.fromEntries(
          (['calibrated', 'formula', 'rate'] as const).map((method) => [
            TITLES[method],
            byTenth(evaluation[method].flat()),
          ]),
        ),
      ),
    )
  const whole = compareBrier(all)
  const errors = all.map((rows) => calibrationError(reliability(rows)))
  const skills = METHODS.map((_, method) => compareBrier([all[0]!, all[method]!]).skill)
  return {
    table: [
      `${cases.toLocaleString('en')} store SKU days, ${share(missed)} of them with somebody who did not get it; 95% intervals by store SKU`,
      alignTable([
        ['all 14 days', 'Brier', 'from', 'to', 'skill of calibrated', 'from', 'to', 'calibration error'],
        ...METHODS.map((method, at) => {
          const { score, low, high } = whole.scores[at]!
          const skill = skills[at]!
          const against = at === 0 ? ['', '', ''] : [skill.score, skill.low, skill.high].map(share)
          return [TITLES[method], ...[score, low, high].map(share), ...against, share(errors[at]!)]
        }),
      ]),
      dailyTable(evaluation),
      binTable(all[0]!),
      `A million series of 14 days: ${evaluation.cpuSecondsPerMillion.toFixed(1)} s of CPU time`,
    ].join('\n\n'),
    figures: {
      cases,
      series: evaluation.series,
      origins: evaluation.origins,
      missed_share: rounded(missed),
      ...Object.fromEntries(
        METHODS.flatMap((method, at) => [
          [`${FIGURE[method]}_brier`, rounded(whole.scores[at]!.score)],
          [`${FIGURE[method]}_brier_low`, rounded(whole.scores[at]!.low)],
          [`${FIGURE[method]}_brier_high`, rounded(whole.scores[at]!.high)],
          [`${FIGURE[method]}_calibration_error`, rounded(errors[at]!)],
          ...(at === 0
            ? []
            : [
                [`skill_against_${FIGURE[method]}`, rounded(skills[at]!.score)],
                [`skill_against_${FIGURE[method]}_low`, rounded(skills[at]!.low)],
                [`skill_against_${FIGURE[method]}_high`, rounded(skills[at]!.high)],
              ]),
        ]),
      ),
      cpu_s_per_million_series: rounded(evaluation.cpuSecondsPerMillion),
    },
  }
}

function dailyTable(evaluation: RiskEvaluation): string {
  const rows = evaluation.calibrated.map((calibrated, ahead) => {
    const of = METHODS.map((method) => evaluation[method][ahead]!)
    const { scores } = compareBrier(of)
    const skill = compareBrier([calibrated, evaluation.frequency[ahead]!]).skill
    return [
      String(ahead + 1),
      share(shareOf(calibrated)),
      ...scores.map(({ score }) => share(score)),
      ...[skill.score, skill.low, skill.high].map(share),
    ]
  })
  return alignTable([
    [
      'day ahead',
      'came',
      ...METHODS.map((method) => TITLES[method]),
      'skill against frequency',
      'from',
      'to',
    ],
    ...rows,
  ])
}

const binTable = (rows: readonly Scored[]): string =>
  alignTable([
    ['calibrated, told', 'came', 'cases'],
    ...byTenth(rows).map(({ told, came, cases }) => [share(told), share(came), cases.toLocaleString('en')]),
  ])

const shareOf = (rows: readonly Scored[]): number =>
  rows.reduce((sum, { came }) => sum + came, 0) / Math.max(1, rows.length)
const share = (figure: number) => figure.toFixed(4)
const rounded = (figure: number) => Math.round(figure * 1e6) / 1e6
