/** The chart of the Live page. Loaded when it is first drawn: ECharts is larger than all else. */
import { clock, clockSeconds } from '#format/time.ts'
import { colour, tooltipLook } from '#ui/canvas.ts'
import { axisLabel, type Chart, createChart, valueAxis } from '#ui/chart.ts'
import { BUCKET_MS } from './series.ts'

export interface SalesContent {
  title: string
  points: [time: number, value: number][]
  /** For the axis, short. */
  axisText: (value: number) => string
  /** For the tooltip, exact. */
  text: (value: number) => string
}

/** Narrower than this, an axis of times holds three labels. */
const NARROW_PX = 500

/** Built from elements, since the page's policy allows no style attributes in text. */
function tooltip(time: number, value: string): HTMLElement {
  const box = document.createElement('div')
  box.className = 'flex items-baseline gap-3 text-[0.857rem]'
  const when = document.createElement('span')
  when.className = 'text-muted tabular-nums'
  when.textContent = `${clockSeconds(time)} to ${clockSeconds(time + BUCKET_MS)}`
  const figure = document.createElement('strong')
  figure.className = 'font-semibold tabular-nums text-ink'
  figure.textContent = value
  box.append(when, figure)
  return box
}

export function createSalesChart(element: HTMLElement): Chart<SalesContent> {
  return createChart(element, ({ title, points, axisText, text }: SalesContent) => {
    const accent = colour('--accent')
    const newest = points.length - 1
    return {
      grid: { left: 8, right: 14, top: 14, bottom: 4, outerBoundsMode: 'same' },
      xAxis: {
        type: 'time',
        min: points[0]?.[0],
        max: points[newest]?.[0],
        splitNumber: element.clientWidth < NARROW_PX ? 3 : 6,
        axisLine: { show: false },
        axisTick: { show: false },
        axisLabel: { ...axisLabel(), formatter: (time: number) => clock(time) },
      },
      yAxis: valueAxis(axisText),
      tooltip: {
        ...tooltipLook(),
        formatter: (parameters: unknown) => {
          const [point] = parameters as { value: [number, number] }[]
          return point ? tooltip(point.value[0], text(point.value[1])) : ''
        },
      },
      series: [
        {
          name: title,
          type: 'line',
          data: points.map((value, at) => ({
            value,
            symbol: at === newest ? 'circle' : 'none',
            symbolSize: 7,
          })),
          showAllSymbol: true,
          lineStyle: { color: accent, width: 1.75 },
          itemStyle: { color: accent },
          areaStyle: {
            color: {
              type: 'linear',
              x: 0,
              y: 0,
              x2: 0,
              y2: 1,
              colorStops: [
                { offset: 0, color: colour('--accent', 0.2) },
                { offset: 1, color: colour('--accent', 0.01) },
              ],
            },
          },
          emphasis: { disabled: true },
        },
      ],
    }
  })
}
