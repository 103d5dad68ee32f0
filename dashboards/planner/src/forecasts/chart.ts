/** The ECharts parts of a series' chart. Loaded when it is first drawn. */
import type { ForecastSeries } from '@shelfcast/contracts/forecasts'
import { LineChart, ScatterChart } from 'echarts/charts'
import {
  AxisPointerComponent,
  GridComponent,
  MarkAreaComponent,
  MarkLineComponent,
  TooltipComponent,
} from 'echarts/components'
import { init, use } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'
import { quantity } from '#format/quantities.ts'
import { dateWithWeekday, shortDate } from '#format/time.ts'
import { colour, type TooltipRow, tooltipBox, tooltipLook } from '#ui/canvas.ts'

use([
  ...[LineChart, ScatterChart, GridComponent, TooltipComponent, AxisPointerComponent],
  ...[MarkAreaComponent, MarkLineComponent, CanvasRenderer],
])

const axisNumber = new Intl.NumberFormat('en', { maximumFractionDigits: 2 })

export interface SeriesChartContent {
  series: ForecastSeries
  /** Of the day that is looked at. */
  horizon: number
  /** How long before a day its forecast was made, for those that are over. */
  lookBack: number
}

export interface SeriesChart {
  draw(content: SeriesChartContent): void
  dispose(): void
}

/** On a phone a day would be less than three pixels wide. */
const NARROW_PX = 500
const NARROW_DAYS = 35

export function createSeriesChart(element: HTMLElement, onselect: (horizon: number) => void): SeriesChart {
  const chart = init(element)
  let days: string[] = []
  let firstForecast = 0
  let latest: SeriesChartContent | undefined
  const resize = new ResizeObserver(() => {
    chart.resize()
    if (latest) draw(latest)
  })
  resize.observe(element)
  chart.getZr().on('click', ({ offsetX, offsetY }) => {
    if (!chart.containPixel('grid', [offsetX, offsetY])) return
    const at = Math.round(chart.convertFromPixel({ gridIndex: 0 }, [offsetX, offsetY])[0] ?? -1)
    if (at >= firstForecast && at < days.length) onselect(at - firstForecast + 1)
  })

  function draw(content: SeriesChartContent) {
    latest = content
    const { series, horizon, lookBack } = content
    const history = element.clientWidth < NARROW_PX ? series.history.slice(-NARROW_DAYS) : series.history
    const { forecast, unit } = series
    days = [...history.map(({ day }) => day), ...forecast.map(({ day }) => day)]
    firstForecast = history.length
    const gap: null[] = new Array(firstForecast).fill(null)
    const ahead = (of: (day: (typeof forecast)[number]) => number) => [...gap, ...forecast.map(of)]
    const made = new Map(
      series.past.filter((past) => past.horizon === lookBack).map((past) => [past.day, past]),
    )
    const isEmpty = new Set(history.filter(({ stock_out }) => stock_out).map(({ day }) => day))
    const accent = colour('--accent')
    const ink = colour('--ink')
    const muted = colour('--muted')
    const line = { type: 'line' as const, symbol: 'none', emphasis: { disabled: true }, silent: true }

    function rowsOf(at: number): TooltipRow[] {
      const past = history[at]
      if (past) {
        const said = made.get(past.day)
        return [
          { name: 'Sold', value: quantity(past.units, unit), isMain: true },
          ...(said
            ? [
                { name: `Forecast ${lookBack} d before`, value: quantity(said.mean, unit) },
                { name: '80% interval', value: rangeText(said.p10, said.p90) },
              ]
            : []),
          ...(past.stock_out ? [{ name: 'Shelf', value: 'was empty' }] : []),
          ...(past.promotion ? [{ name: 'Promotion', value: 'yes' }] : []),
        ]
      }
      const next = forecast[at - firstForecast]
      if (!next) return []
      return [
        { name: 'Forecast (mean)', value: quantity(next.mean, unit), isMain: true },
        { name: 'Median', value: quantity(next.p50, unit) },
        { name: '80% interval', value: rangeText(next.p10, next.p90) },
        { name: 'Baseline', value: quantity(next.baseline, unit) },
      ]
    }
    const rangeText = (low: number, high: number) => `${quantity(low, unit)} to ${quantity(high, unit)}`

    chart.setOption(
      {
        animation: false,
        textStyle: { fontFamily: getComputedStyle(element).fontFamily },
        grid: { left: 6, right: 12, top: 24, bottom: 4, outerBoundsMode: 'same' },
        xAxis: {
          type: 'category',
          data: days,
          boundaryGap: false,
          axisLine: { lineStyle: { color: colour('--line-strong') } },
          axisTick: { show: false },
          axisLabel: {
            ...{ color: muted, fontSize: 11, hideOverlap: true },
            interval: 13,
            formatter: shortDate,
          },
        },
        yAxis: {
          type: 'value',
          splitNumber: 3,
          axisLabel: { color: muted, fontSize: 11, formatter: (value: number) => axisNumber.format(value) },
          splitLine: { lineStyle: { color: colour('--line') } },
        },
        tooltip: {
          ...{ trigger: 'axis', ...tooltipLook() },
          formatter: (parameters: unknown) => {
            const at = (parameters as { dataIndex: number }[])[0]?.dataIndex ?? 0
            return tooltipBox(dateWithWeekday(days[at] ?? ''), rowsOf(at))
          },
        },
        series: [
          { ...line, name: 'p10', stack: 'band', data: ahead(({ p10 }) => p10), lineStyle: { opacity: 0 } },
          {
            ...{ ...line, name: 'band', stack: 'band', lineStyle: { opacity: 0 } },
            data: ahead(({ p10, p90 }) => p90 - p10),
            areaStyle: { color: colour('--accent', 0.22) },
          },
          {
            ...{ ...line, name: 'history', data: history.map(({ units }) => units) },
            lineStyle: { color: ink, width: 1.4 },
            markArea: {
              silent: true,
              itemStyle: { color: colour('--warn-mark', 0.14) },
              data: promotions(history).map(([from, to]) => [{ xAxis: from }, { xAxis: to }]),
            },
            markLine: {
              ...{ silent: true, symbol: 'none', animation: false },
              lineStyle: { color: colour('--line-strong'), type: 'solid', width: 1 },
              label: { color: muted, fontSize: 11, formatter: 'known until here', distance: 4 },
              data: [{ xAxis: firstForecast - 1 }],
            },
          },
          {
            ...{ ...line, name: 'past', data: history.map(({ day }) => made.get(day)?.mean ?? null) },
            lineStyle: { color: colour('--accent', 0.75), width: 1.25 },
          },
          {
            ...{ ...line, name: 'baseline', data: ahead(({ baseline }) => baseline) },
            lineStyle: { color: colour('--faint'), width: 1.25, type: [4, 4] },
          },
          {
            ...{ ...line, name: 'mean', data: ahead(({ mean }) => mean) },
            lineStyle: { color: accent, width: 2 },
            markLine: {
              ...{ silent: true, symbol: 'none', animation: false },
              lineStyle: { color: colour('--accent', 0.55), type: 'dotted', width: 1.25 },
              label: { show: false },
              data: [{ xAxis: firstForecast + horizon - 1 }],
            },
          },
          {
            ...{ type: 'scatter', name: 'empty', symbolSize: 6, silent: true },
            itemStyle: { color: colour('--surface'), borderColor: colour('--bad-mark'), borderWidth: 1.75 },
            data: history.flatMap(({ day, units }) => (isEmpty.has(day) ? [[day, units]] : [])),
          },
          {
            ...{ type: 'scatter', name: 'day', symbolSize: 8, silent: true, z: 5 },
            itemStyle: { color: accent, borderColor: colour('--surface'), borderWidth: 1.5 },
            data: forecast.flatMap((day) => (day.horizon === horizon ? [[day.day, day.mean]] : [])),
          },
        ],
      },
      { replaceMerge: ['series'] },
    )
  }

  return {
    draw,
    dispose() {
      resize.disconnect()
      chart.dispose()
    },
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
