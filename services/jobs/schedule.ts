/** When jobs are asked for, in UTC: the one list. A job that is not here is asked for by hand only. */
import { OTHER_MODELS } from '@shelfcast/contracts/manifest'
import type { Turn } from './engine/cron.ts'

export const SCHEDULE: readonly Turn[] = [
  { job: 'fetch-weather', cron: '17 * * * *', why: 'Forecasts of the weather are six hours old at most' },
  { job: 'fetch-holidays', cron: '23 */6 * * *', why: 'Governments move holidays now and then' },
  { job: 'fetch-macro', cron: '41 */6 * * *', why: 'Macro figures are published a few times a year' },
  { job: 'build-features', cron: '*/10 * * * *', why: 'A day of the twin is over in seconds' },
  { job: 'score', cron: '2-59/10 * * * *', why: 'After the features of a new day' },
  { job: 'plan-orders', cron: '4-59/10 * * * *', why: 'After the forecasts of a new day' },
  { job: 'detect-drift', cron: '6-59/10 * * * *', why: 'After the forecasts' },
  {
    job: 'measure-overrides',
    cron: '7-59/10 * * * *',
    why: 'After the forecasts were held against what came',
  },
  {
    job: 'compact',
    cron: '20 3 * * *',
    why: 'The shops are closed, and forecasts are made later in the night',
  },
  { job: 'train', cron: '30 4 * * 1', why: 'Once a week' },
  { job: 'detect-anomalies', cron: '40 4 * * *', why: 'After the series are brought up to date' },
  { job: 'find-slow-movers', cron: '50 4 * * *', why: 'Before the shops open' },
  ...OTHER_MODELS.map((model) => ({
    job: 'train' as const,
    parameters: { model },
    cron: '10 5 * * *',
    why: 'Once a day: it learns in seconds',
  })),
  { job: 'prune-runs', cron: '5 6 * * *', why: 'Once a day' },
]
