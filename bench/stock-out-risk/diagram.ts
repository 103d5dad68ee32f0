/** The reliability diagram: how often it came so, where it was told. */
import { init } from 'echarts'
import type { Bin } from './scores.ts'

const WIDTH = 720
const HEIGHT = 460
const INK = '#1f2430'
const LINE = '#e3e5ea'
const COLOURS = ['#4b4fd6', '#2f9e6e', '#c8443c']

/** @returns SVG */
export function diagramOf(methods: Record<string, readonly Bin[]>): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: HEIGHT })
  const axis = (name: string) => ({
    type: 'value' as const,
    min: 0,
    max: 1,
    name,
    nameLocation: 'middle' as const,
    nameGap: 36,
    axisLabel: { formatter: (value: number) => `${Math.round(value * 100)}%` },
    splitLine: { lineStyle: { color: LINE } },
  })
  chart.setOption({
    animation: false,
    color: COLOURS,
    backgroundColor: '#ffffff',
    textStyle: { fontFamily: 'Inter, sans-serif', color: INK },
    legend: { top: 8, itemGap: 28, data: Object.keys(methods) },
    grid: { left: 64, right: 24, top: 48, bottom: 56 },
    xAxis: axis('risk as told'),
    yAxis: axis('days on which somebody wanted it and it was not there'),
    series: [
      {
        name: 'as told',
        type: 'line',
        silent: true,
        symbol: 'none',
        lineStyle: { color: '#8a8f98', type: 'dashed', width: 1 },
        data: [
          [0, 0],
          [1, 1],
        ],
      },
      ...Object.entries(methods).map(([name, bins]) => ({
        name,
        type: 'line' as const,
        symbol: 'circle',
        // By area: of a tenth of the cases and more, as large as it gets.
        symbolSize: (_: unknown, { dataIndex }: { dataIndex: number }) =>
          4 + Math.min(12, Math.sqrt(bins[dataIndex]!.cases) / 12),
        data: bins.map(({ told, came }) => [told, came]),
      })),
    ],
  })
  const svg = chart.renderToSVGString()
  chart.dispose()
  return svg
}
