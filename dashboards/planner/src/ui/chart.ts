/** What charts over time share. It brings ECharts with it, so it is only loaded by what is loaded when it is drawn. */
import { LineChart } from 'echarts/charts'
import { AxisPointerComponent, GridComponent, TooltipComponent } from 'echarts/components'
import { type EChartsCoreOption, type EChartsType, init, use } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'
import { shortDate } from '#format/time.ts'
import { colour } from './canvas.ts'

use([LineChart, GridComponent, TooltipComponent, AxisPointerComponent, CanvasRenderer])

export interface Chart<Content> {
  draw(content: Content): void
  dispose(): void
}

/** @param optionOf what is drawn of a content; colours are read in it, since a theme changes them */
export function createChart<Content>(
  element: HTMLElement,
  optionOf: (content: Content) => EChartsCoreOption,
): Chart<Content> & { canvas: EChartsType } {
  const canvas = init(element)
  let latest: Content | undefined
  const resize = new ResizeObserver(() => {
    canvas.resize()
    if (latest !== undefined) draw(latest)
  })
  resize.observe(element)

  function draw(content: Content) {
    latest = content
    const textStyle = { fontFamily: getComputedStyle(element).fontFamily }
    canvas.setOption({ animation: false, textStyle, ...optionOf(content) }, { replaceMerge: ['series'] })
  }
  return {
    canvas,
    draw,
    dispose() {
      resize.disconnect()
      canvas.dispose()
    },
  }
}

export const axisLabel = () => ({ color: colour('--muted'), fontSize: 11, hideOverlap: true })

/** @param days YYYY-MM-DD */
export const dayAxis = (days: readonly string[], interval?: number) => ({
  type: 'category',
  data: days,
  boundaryGap: false,
  axisLine: { lineStyle: { color: colour('--line-strong') } },
  axisTick: { show: false },
  axisLabel: { ...axisLabel(), interval, formatter: shortDate },
})

export const valueAxis = (formatter: (value: number) => string) => ({
  type: 'value',
  splitNumber: 3,
  axisLabel: { ...axisLabel(), formatter },
  splitLine: { lineStyle: { color: colour('--line') } },
})

/** A line that only shows. */
export const plainLine = (name: string, data: readonly (number | null)[], look: object) => ({
  type: 'line',
  name,
  data,
  symbol: 'none',
  silent: true,
  emphasis: { disabled: true },
  lineStyle: look,
})
