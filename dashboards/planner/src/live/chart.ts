/** The ECharts parts of the Live page's chart. Loaded when the chart is first drawn: it is larger than all else. */
import { LineChart } from 'echarts/charts'
import { AxisPointerComponent, GridComponent, TooltipComponent } from 'echarts/components'
import { init, use } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'
import { clock, clockSeconds } from '#format/time.ts'
import { colour, tooltipLook } from '#ui/canvas.ts'
import { BUCKET_MS } from './series.ts'

use([LineChart, GridComponent, TooltipComponent, AxisPointerComponent, CanvasRenderer])

export interface ChartContent {
  title: string
  points: [time: number, value: number][]
  /** For the axis, short. */
  axisText: (value: number) => string
  /** For the tooltip, exact. */
  text: (value: number) => string
}

export interface Chart {
  draw(content: ChartContent): void
  dispose(): void
}

/** Built from elements, since the page's policy allows no style attributes in text. */
function tooltip(time: number, value: string): HTMLElement {
  const box = document.createElement('div')
  box.className = 'flex items-baseline gap-3 text-[0.857rem]'
  const when = document.createElement('span')
  when.className = 'text-muted tabular-nums'
  when.textContent = `${clockSeconds(time)} to ${clockSeconds(time + BUCKET_MS)}`
  const what = document.createElement('strong')
  what.className = 'font-semibold tabular-nums text-ink'
  what.textContent = value
  box.append(when, what)
  return box
}

export function createChart(element: HTMLElement): Chart {
  const chart = init(element)
  const resize = new ResizeObserver(() => chart.resize())
  resize.observe(element)

  return {
    draw({ title, points, axisText, text }) {
      const muted = colour('--muted')
      const accent = colour('--accent')
      const newest = points.length - 1
      chart.setOption({
        animation: false,
        textStyle: { fontFamily: getComputedStyle(element).fontFamily },
        grid: { left: 8, right: 14, top: 14, bottom: 4, outerBoundsMode: 'same' },
        xAxis: {
          type: 'time',
          min: points[0]?.[0],
          max: points[newest]?.[0],
          splitNumber: element.clientWidth < 500 ? 3 : 6,
          axisLine: { show: false },
          axisTick: { show: false },
          axisLabel: {
            color: muted,
            fontSize: 11,
            hideOverlap: true,
            formatter: (time: number) => clock(time),
          },
        },
        yAxis: {
          type: 'value',
          splitNumber: 3,
          axisLabel: { color: muted, fontSize: 11, formatter: axisText },
          splitLine: { lineStyle: { color: colour('--line') } },
        },
        tooltip: {
          trigger: 'axis',
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
      })
    },
    dispose() {
      resize.disconnect()
      chart.dispose()
    },
  }
}
