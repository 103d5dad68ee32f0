/** The chart of a series. Loaded when it is first drawn. */
import type { ForecastSeries } from '@shelfcast/contracts/forecasts'
import { ScatterChart } from 'echarts/charts'
import { MarkAreaComponent, MarkLineComponent } from 'echarts/components'
import { use } from 'echarts/core'
import { quantity } from '#format/quantities.ts'
import { dateWithWeekday } from '#format/time.ts'
import { colour, type TooltipRow, tooltipBox, tooltipLook } from '#ui/canvas.ts'
import { type Chart, createChart, dayAxis, plainLine, valueAxis } from '#ui/chart.ts'

use([ScatterChart, MarkAreaComponent, MarkLineComponent])

const axisNumber = new Intl.NumberFormat('en', { maximumFractionDigits: 2 })

export interface SeriesChartContent {
  series: ForecastSeries
  /** Of the day that is looked at. */
  horizon: number
  /** How long before a day its forecast was made, for those that are over. */
  lookBack: number
}

export type SeriesChart = Chart<SeriesChartContent>

/** On a phone a day would be less than three pixels wide. */
const NARROW_PX = 500
const NARROW_DAYS = 35

export function createSeriesChart(element: HTMLElement, onselect: (horizon: number) => void): SeriesChart {
  let days: string[] = []
  let firstForecast = 0
  const chart = createChart(element, (content: SeriesChartContent) => {
    const isNarrow = element.clientWidth < NARROW_PX
    const history = isNarrow ? content.series.history.slice(-NARROW_DAYS) : content.series.history
    firstForecast = history.length
    days = [...history, ...content.series.forecast].map(({ day }) => day)
    return seriesOption(content, history, days)
  })
  chart.canvas.getZr().on('click', ({ offsetX, offsetY }) => {
    if (!chart.canvas.containPixel('grid', [offsetX, offsetY])) return
    const at = Math.round(chart.canvas.convertFromPixel({ gridIndex: 0 }, [offsetX, offsetY])[0] ?? -1)
    if (at >= firstForecast && at < days.length) onselect(at - firstForecast + 1)
  })
  return chart
}

function seriesOption(
  { series, horizon, lookBack }: SeriesChartContent,
  history: ForecastSeries['history'],
  days: readonly string[],
) {
  const { forecast, unit } = series
  const pastForecasts = new Map(
    series.past.filter((past) => past.horizon === lookBack).map((past) => [past.day, past]),
  )
  const accent = colour('--accent')
  const gap: null[] = new Array(history.length).fill(null)
  const ahead = (of: (day: (typeof forecast)[number]) => number) => [...gap, ...forecast.map(of)]
  const invisible = { opacity: 0 }
  const quietMark = { silent: true, symbol: 'none', animation: false }
  const rangeText = (low: number, high: number) => `${quantity(low, unit)} to ${quantity(high, unit)}`

  function tooltipRows(at: number): TooltipRow[] {
    const past = history[at]
    if (past) {
      const rows: TooltipRow[] = [{ name: 'Sold', value: quantity(past.units, unit), isMain: true }]
      const pastForecast = pastForecasts.get(past.day)
      if (pastForecast) {
        const { mean, p10, p90 } = pastForecast
        rows.push(
          { name: `Forecast ${lookBack} d before`, value: quantity(mean, unit) },
          { name: '80% interval', value: rangeText(p10, p90) },
        )
      }
      if (past.stock_out) rows.push({ name: 'Shelf', value: 'was empty' })
      if (past.promotion) rows.push({ name: 'Promotion', value: 'yes' })
      return rows
    }
    const next = forecast[at - history.length]
    if (!next) return []
    return [
      { name: 'Forecast (mean)', value: quantity(next.mean, unit), isMain: true },
      { name: 'Median', value: quantity(next.p50, unit) },
      { name: '80% interval', value: rangeText(next.p10, next.p90) },
      { name: 'Baseline', value: quantity(next.baseline, unit) },
    ]
  }

  const low = plainLine(
    'p10',
    ahead(({ p10 }) => p10),
    invisible,
  )
  const band = plainLine(
    'band',
    ahead(({ p10, p90 }) => p90 - p10),
    invisible,
  )
  const sales = plainLine(
    'history',
    history.map(({ units }) => units),
    { color: colour('--ink'), width: 1.4 },
  )
  const past = plainLine(
    'past',
    history.map(({ day }) => pastForecasts.get(day)?.mean ?? null),
    { color: colour('--accent', 0.75), width: 1.25 },
  )
  const baseline = plainLine(
    'baseline',
    ahead((day) => day.baseline),
    { color: colour('--faint'), width: 1.25, type: [4, 4] },
  )
  const mean = plainLine(
    'mean',
    ahead((day) => day.mean),
    { color: accent, width: 2 },
  )
  return {
    grid: { left: 6, right: 12, top: 24, bottom: 4, outerBoundsMode: 'same' },
    xAxis: dayAxis(days, 13),
    yAxis: valueAxis((value) => axisNumber.format(value)),
    tooltip: {
      ...tooltipLook(),
      formatter: (parameters: unknown) => {
        const at = (parameters as { dataIndex: number }[])[0]?.dataIndex ?? 0
        return tooltipBox(dateWithWeekday(days[at] ?? ''), tooltipRows(at))
      },
    },
    series: [
      { ...low, stack: 'band' },
      { ...band, stack: 'band', areaStyle: { color: colour('--accent', 0.22) } },
      {
        ...sales,
        markArea: {
          silent: true,
          itemStyle: { color: colour('--warn-mark', 0.14) },
          data: promotions(history).map(([from, to]) => [{ xAxis: from }, { xAxis: to }]),
        },
        markLine: {
          ...quietMark,
          lineStyle: { color: colour('--line-strong'), type: 'solid', width: 1 },
          label: { color: colour('--muted'), fontSize: 11, formatter: 'known until here', distance: 4 },
          data: [{ xAxis: history.length - 1 }],
        },
      },
      past,
      baseline,
      {
        ...mean,
        markLine: {
          ...quietMark,
          lineStyle: { color: colour('--accent', 0.55), type: 'dotted', width: 1.25 },
          label: { show: false },
          data: [{ xAxis: history.length + horizon - 1 }],
        },
      },
      {
        type: 'scatter',
        name: 'empty',
        symbolSize: 6,
        silent: true,
        itemStyle: { color: colour('--surface'), borderColor: colour('--bad-mark'), borderWidth: 1.75 },
        data: history.flatMap(({ day, units, stock_out }) => (stock_out ? [[day, units]] : [])),
      },
      {
        type: 'scatter',
        name: 'day',
        symbolSize: 8,
        silent: true,
        z: 5,
        itemStyle: { color: accent, borderColor: colour('--surface'), borderWidth: 1.5 },
        data: forecast.flatMap((day) => (day.horizon === horizon ? [[day.day, day.mean]] : [])),
      },
    ],
  }
}

/** Runs of days with a promotion, as positions of their first and last. */
function promotions(history: ForecastSeries['history']): [from: number, to: number][] {
  const runs: [number, number][] = []
  for (const [at, { promotion }] of history.entries()) {
    if (!promotion) continue
    const last = runs.at(-1)
    if (last && last[1] === at - 1) last[1] = at
    else runs.push([at, at])
  }
  return runs
}
