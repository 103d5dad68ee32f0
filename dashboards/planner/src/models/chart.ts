/** The chart of errors by day. Loaded when it is first drawn. */
import type { AccuracyOf } from '@shelfcast/contracts/model-answers'
import { shareTo1 } from '#format/numbers.ts'
import { dateWithWeekday } from '#format/time.ts'
import { colour, tooltipBox, tooltipLook } from '#ui/canvas.ts'
import { type Chart, createChart, dayAxis, valueAxis } from '#ui/chart.ts'

export type AccuracyChart = Chart<readonly AccuracyOf[]>

const text = (value: number | null) => (value === null ? '–' : shareTo1(value))
const wholePercent = (value: number) => `${Math.round(value * 100)}%`

export function createAccuracyChart(element: HTMLElement): AccuracyChart {
  return createChart(element, (days: readonly AccuracyOf[]) => {
    const line = (name: string, data: (number | null)[], color: string, width: number) => ({
      type: 'line',
      name,
      data,
      symbol: days.length > 1 ? 'none' : 'circle',
      emphasis: { disabled: true },
      lineStyle: { color, width },
      itemStyle: { color },
    })
    return {
      grid: { left: 6, right: 12, top: 10, bottom: 4, outerBoundsMode: 'same' },
      xAxis: dayAxis(days.map(({ of }) => of)),
      yAxis: { ...valueAxis(wholePercent), min: 0 },
      tooltip: {
        ...tooltipLook(),
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
        line(
          'baseline',
          days.map(({ baseline_wape }) => baseline_wape),
          colour('--line-strong'),
          1.5,
        ),
        line(
          'forecast',
          days.map(({ wape }) => wape),
          colour('--accent'),
          1.75,
        ),
      ],
    }
  })
}
