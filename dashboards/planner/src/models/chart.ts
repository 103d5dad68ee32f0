/** The ECharts parts of the chart of errors by day. Loaded when it is first drawn. */
import type { AccuracyOf } from '@shelfcast/contracts/model-answers'
import { LineChart } from 'echarts/charts'
import { AxisPointerComponent, GridComponent, TooltipComponent } from 'echarts/components'
import { init, use } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'
import { shareTo1 } from '#format/numbers.ts'
import { dateWithWeekday, shortDate } from '#format/time.ts'
import { colour, tooltipBox, tooltipLook } from '#ui/canvas.ts'

use([LineChart, GridComponent, TooltipComponent, AxisPointerComponent, CanvasRenderer])

export interface AccuracyChart {
  draw(days: readonly AccuracyOf[]): void
  dispose(): void
}

const text = (value: number | null) => (value === null ? '–' : shareTo1(value))

export function createAccuracyChart(element: HTMLElement): AccuracyChart {
  const chart = init(element)
  const resize = new ResizeObserver(() => chart.resize())
  resize.observe(element)
  const wholePercent = (value: number) => `${Math.round(value * 100)}%`

  return {
    draw(days) {
      const muted = colour('--muted')
      const line = {
        type: 'line' as const,
        symbol: days.length > 1 ? 'none' : 'circle',
        emphasis: { disabled: true },
      }
      chart.setOption({
        animation: false,
        textStyle: { fontFamily: getComputedStyle(element).fontFamily },
        grid: { left: 6, right: 12, top: 10, bottom: 4, outerBoundsMode: 'same' },
        xAxis: {
          ...{ type: 'category', data: days.map(({ of }) => of), boundaryGap: false },
          axisLine: { lineStyle: { color: colour('--line-strong') } },
          axisTick: { show: false },
          axisLabel: { color: muted, fontSize: 11, hideOverlap: true, formatter: shortDate },
        },
        yAxis: {
          ...{ type: 'value', splitNumber: 3, min: 0 },
          axisLabel: { color: muted, fontSize: 11, formatter: wholePercent },
          splitLine: { lineStyle: { color: colour('--line') } },
        },
        tooltip: {
          ...{ trigger: 'axis', ...tooltipLook() },
          formatter: (parameters: unknown) => {
            const day = days[(parameters as { dataIndex: number }[])[0]?.dataIndex ?? 0]
            if (!day) return ''
            return tooltipBox(dateWithWeekday(day.of), [
              { name: 'WAPE', value: text(day.wape), isMain: true },
              { name: 'Baseline', value: text(day.baseline_wape) },
              { name: 'Bias', value: text(day.bias) },
              { name: 'In the 80% interval', value: text(day.coverage_80) },
            ])
          },
        },
        series: [
          {
            ...{ ...line, name: 'baseline', data: days.map(({ baseline_wape }) => baseline_wape) },
            lineStyle: { color: colour('--line-strong'), width: 1.5 },
            itemStyle: { color: colour('--line-strong') },
          },
          {
            ...{ ...line, name: 'forecast', data: days.map(({ wape }) => wape) },
            lineStyle: { color: colour('--accent'), width: 1.75 },
            itemStyle: { color: colour('--accent') },
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
