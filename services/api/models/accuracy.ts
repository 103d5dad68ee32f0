/** How forecasts did by what came, from the sums of forecast_accuracy. */
import type { Accuracy, Drift, LiveAccuracy } from '@shelfcast/contracts/model-answers'
import type { Experiment } from '@shelfcast/contracts/models'
import { readAccuracy } from '@shelfcast/warehouse/queries/accuracy'
import type { Reader } from '@shelfcast/warehouse/queries/rows'

/** Days of the figures, and of the chart. */
const FIGURE_DAYS = 28
const CHART_DAYS = 90

/** What served, whichever version that was; null: no day that was forecast is over. */
export async function readLive(read: Reader): Promise<LiveAccuracy | null> {
  const [newest] = await read<{ days: number; until: string }>(
    "select count() as days, max(target_date) as until from forecast_accuracy where role = 'champion'",
  )
  if (!newest || newest.days === 0) return null
  const by = (grouping: string, days: number) =>
    readAccuracy(
      read,
      { by: grouping, where: "role = 'champion' and target_date > {until:Date} - {days:UInt16}" },
      { until: newest.until, days },
    )
  const [total, by_day, by_store, by_category, by_horizon_week, versions] = await Promise.all([
    by("'all'", FIGURE_DAYS),
    by('target_date', CHART_DAYS),
    by('store_id', FIGURE_DAYS),
    by('category', FIGURE_DAYS),
    by('intDiv(horizon - 1, 7) + 1', FIGURE_DAYS),
    by('model_version', FIGURE_DAYS),
  ])
  const days = by_day.slice(-FIGURE_DAYS)
  const { of: _, ...figures } = total[0]!
  return {
    from: days[0]!.of,
    to: newest.until,
    versions: versions.map(({ of }) => of),
    total: figures,
    by_day,
    by_store,
    by_category,
    by_horizon_week,
  }
}

/** Champion and challenger on the same stores, categories, days and horizons since the experiment began. */
export async function readComparison(
  read: Reader,
  { challenger, mode, started_at }: Experiment,
): Promise<{ champion: Accuracy; challenger: Accuracy } | null> {
  const ofTrial =
    'role = {mode:String} and model_version = {challenger:String} and target_date >= {since:Date}'
  const rows = await readAccuracy(
    read,
    {
      by: 'role',
      where: `target_date >= {since:Date}
        and (role = 'champion' or (${ofTrial}))
        and (store_id, category, target_date, horizon) in
        (
            select store_id, category, target_date, horizon
            from forecast_accuracy
            where ${ofTrial}
        )`,
    },
    { challenger, mode, since: started_at.slice(0, 10) },
  )
  const figuresOf = (role: string): Accuracy | undefined => {
    const row = rows.find(({ of }) => of === role)
    if (!row) return undefined
    const { of: _, ...figures } = row
    return figures
  }
  const [one, other] = [figuresOf('champion'), figuresOf(mode)]
  return one && other ? { champion: one, challenger: other } : null
}

/** The newest measurement of each input and figure of a version. */
export async function readDrift(read: Reader, version: string): Promise<Drift[]> {
  const rows = await read<Omit<Drift, 'breached'> & { is_breached: number }>(
    `
    select
        measure,
        object,
        argMax(drift.value, measured_at) as value,
        argMax(drift.threshold, measured_at) as threshold,
        toUInt8(argMax(drift.breached, measured_at)) as is_breached,
        toString(argMax(drift.origin, measured_at)) as origin
    from forecast_drift as drift
    where model_version = {version:String} and isFinite(drift.value)
    group by measure, object
    order by value / nullIf(threshold, 0) desc
    limit 60`,
    { version },
  )
  return rows.map(({ is_breached, ...row }) => ({ ...row, breached: is_breached === 1 }))
}
