/** What a new day costs, as a picture: against the length of history, and against the number of series. */
import { init } from 'echarts'
import type { Cost, Measurement } from './measurement.ts'

const WIDTH = 960
const HEIGHT = 400
const INK = '#1f2430'
const MUTED = '#5b6270'
const LINE = '#e3e5ea'
const COLOURS = ['#4b4fd6', '#2f9e6e', '#c98a1b', '#c8443c']

/** Seconds of CPU time, as another process of the machine does not change them. */
const WAYS: { name: string; cost: (each: Measurement) => Cost | undefined }[] = [
  { name: 'features from nothing', cost: ({ nothing }) => nothing },
  { name: 'features by day', cost: ({ day }) => day },
  { name: 'forecasts with reasons', cost: ({ model }) => model },
]

/** @returns SVG */
export function plotOf(measurements: readonly Measurement[]): string {
  const longest = Math.max(...measurements.map(({ years }) => years))
  const shortest = Math.min(...measurements.map(({ years }) => years))
  const largest = Math.max(
    ...measurements.flatMap(({ series, years }) => (years === shortest ? [series] : [])),
  )
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: HEIGHT })
  const axis = (name: string, gridIndex: number, type: 'log' | 'value', others: object = {}) => ({
    type,
    name,
    gridIndex,
    nameLocation: 'middle' as const,
    nameGap: 34,
    nameTextStyle: { color: MUTED },
    axisLabel: { color: MUTED, formatter: (value: number) => value.toLocaleString('en') },
    axisLine: { lineStyle: { color: LINE } },
    splitLine: { lineStyle: { color: LINE } },
    ...others,
  })
  chart.setOption({
    animation: false,
    color: COLOURS,
    backgroundColor: '#ffffff',
    textStyle: { fontFamily: 'Inter, sans-serif' },
    legend: { top: 8, itemGap: 32, data: WAYS.map(({ name }) => name), textStyle: { color: INK } },
    title: [
      { text: `${largest.toLocaleString('en')} series`, left: '7%', top: 38, textStyle: titleStyle },
      { text: `${longest} years of history`, left: '57%', top: 38, textStyle: titleStyle },
    ],
    grid: [
      { left: '7%', width: '39%', top: 76, bottom: 56 },
      { left: '57%', width: '39%', top: 76, bottom: 56 },
    ],
    xAxis: [axis('years of history', 0, 'value', { min: 0, interval: 1 }), axis('series', 1, 'log')],
    yAxis: [axis('seconds of CPU', 0, 'value', { min: 0 }), axis('seconds of CPU', 1, 'log')],
    series: [0, 1].flatMap((panel) =>
      WAYS.map(({ name, cost }) => ({
        name,
        type: 'line' as const,
        xAxisIndex: panel,
        yAxisIndex: panel,
        symbolSize: 7,
        data: measurements
          .filter(({ series, years }) => (panel === 0 ? series === largest : years === longest))
          .flatMap((each) => {
            const seconds = cost(each)?.cpu_s
            return seconds === undefined ? [] : [[panel === 0 ? each.years : each.series, seconds]]
          }),
      })),
    ),
  })
  const svg = chart.renderToSVGString()
  chart.dispose()
  return `${svg}\n`
}

const titleStyle = { color: INK, fontSize: 13, fontWeight: 600 as const }
