/** What became of risks of running out: how those to come are corrected, by what the platform itself saw. */
import { addDays } from '@shelfcast/contracts/dates'
import { fitBeta } from '@shelfcast/planning/risk/calibration'
import { RISK_DAYS } from '@shelfcast/planning/risk/stock-out-risks'
import { lastDay } from '@shelfcast/warehouse/queries/days'
import { readRiskOutcomes } from '@shelfcast/warehouse/queries/risk-calibration'
import { readerOf } from '@shelfcast/warehouse/queries/rows'
import type { Job } from '../engine/job.ts'

/** Long enough for rare events, short enough to follow how stores order. */
const LEARNED_DAYS = 84

export function calibrateRisks(): Job<'calibrate-risks'> {
  return {
    name: 'calibrate-risks',
    async run({ backends: { warehouse }, now }) {
      const read = readerOf(warehouse)
      const none = { cases: 0, events: 0 }
      const until = await lastDay(read)
      if (until === undefined)
        return {
          figures: none,
          shortfalls: ['The daily series are empty, so nothing came yet. Run the job build-features.'],
        }
      const outcomes = await readRiskOutcomes(read, addDays(until, 1 - LEARNED_DAYS), until)
      if (outcomes.length === 0)
        return {
          figures: none,
          shortfalls: ['No day of a stock-out risk is over yet, so risks are told as they are calculated.'],
        }
      const rows = Array.from({ length: RISK_DAYS }, (_, day) => {
        const own = outcomes.filter(({ ahead }) => ahead === day + 1)
        const sumOf = (name: 'cases' | 'events') => own.reduce((sum, outcome) => sum + outcome[name], 0)
        return { until, ahead: day + 1, ...fitBeta(own), cases: sumOf('cases'), events: sumOf('events') }
      })
      await warehouse.insert({
        table: 'risk_calibrations',
        values: rows.map((row) => ({ ...row, fitted_at: now() })),
        format: 'JSONEachRow',
        clickhouse_settings: { async_insert: 0 },
      })
      return {
        figures: {
          cases: rows.reduce((sum, { cases }) => sum + cases, 0),
          events: rows.reduce((sum, { events }) => sum + events, 0),
        },
        shortfalls: [],
      }
    },
  }
}
