/** Kinds of plots, as SVG made without a browser. */
import { type EChartsOption, init, type SeriesOption } from 'echarts'

export interface Chart {
  title: string
  /** What to see in it. */
  caption: string
  svg: string
}

export interface Line {
  name: string
  values: ArrayLike<number | null>
  colour: string
  isReal?: boolean
}

/** Told apart by those who see few colours, too: M. Okabe and K. Ito. */
export const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00']
export const TWIN = '#0072b2'
const LINE_ICON = 'path://M0,0h24v4h-24z'
const DASH_ICON = 'path://M0,0h6v4h-6zM9,0h6v4h-6zM18,0h6v4h-6z'
// Widths of text are reckoned with this font, so it must be the one that the page has.
const FONT = 'Arial, Helvetica, sans-serif'
const WIDTH = 620
const HEIGHT = 340
const ROW_HEIGHT = 19

export const legend = { top: 0, itemGap: 12, itemWidth: 20 }
export const percentAxis = { axisLabel: { formatter: (value: number) => `${Math.round(value * 100)}%` } }
export const factorAxis = { axisLabel: { formatter: (value: number) => `${value}x` }, scale: true }

export function lines(title: string, caption: string, labels: string[], rows: Line[], axis: object): Chart {
  return {
    title,
    caption,
    svg: draw({
      grid: { left: 55, right: 20, top: 62, bottom: 30 },
      legend: {
        ...legend,
        data: rows.map(({ name, isReal }) => ({ name, icon: isReal ? DASH_ICON : LINE_ICON })),
        itemHeight: 4,
      },
      xAxis: { type: 'category', data: labels },
      yAxis: { type: 'value', ...axis },
      series: rows.map(
        ({ name, values, colour, isReal }): SeriesOption => ({
          type: 'line',
          name,
          data: Array.from(values),
          symbol: 'none',
          lineStyle: { width: isReal ? 1.8 : 2.5, type: isReal ? 'dashed' : 'solid', color: colour },
          itemStyle: { color: colour },
        }),
      ),
    }),
  }
}

export function bars(title: string, caption: string, labels: string[], rows: Line[]): Chart {
  return {
    title,
    caption,
    svg: draw({
      grid: { left: 55, right: 20, top: 50, bottom: 30 },
      legend,
      xAxis: { type: 'category', data: labels, axisLabel: { interval: 0 } },
      yAxis: { type: 'value', ...percentAxis },
      series: rows.map(
        ({ name, values, colour, isReal }): SeriesOption => ({
          type: 'bar',
          name,
          data: Array.from(values),
          itemStyle: { color: colour, opacity: isReal ? 0.6 : 1 },
        }),
      ),
    }),
  }
}

interface Interval {
  name: string
  value: number
  interval: [number, number]
  truth?: number
}

export function intervals(rows: Interval[], usual: number, label: (value: number) => string): string {
  const whiskers: SeriesOption[] = rows.map(({ interval: [low, high] }, index) => ({
    type: 'line',
    silent: true,
    symbol: 'none',
    lineStyle: { color: TWIN, width: 3 },
    data: [
      [low, index],
      [high, index],
    ],
  }))
  const dots = (values: (number | undefined)[], colour: string, symbol: string): SeriesOption => ({
    type: 'scatter',
    symbol,
    symbolSize: 11,
    itemStyle: { color: colour },
    data: values.flatMap((value, index) => (value === undefined ? [] : [[value, index]])),
  })
  return draw({
    grid: { left: 100, right: 30, top: 15, bottom: 30 },
    xAxis: { type: 'value', scale: true, axisLabel: { formatter: label } },
    yAxis: { type: 'category', data: rows.map(({ name }) => name), inverse: true },
    series: [
      ...whiskers,
      {
        ...dots(
          rows.map(({ value }) => value),
          TWIN,
          'circle',
        ),
        markLine: {
          silent: true,
          symbol: 'none',
          label: { show: false },
          lineStyle: { color: '#8a8f98', type: 'dashed' },
          data: [{ xAxis: usual }],
        },
      } as SeriesOption,
      dots(
        rows.map(({ truth }) => truth),
        COLOURS[1]!,
        'diamond',
      ),
    ],
  })
}

export function heatMap(
  title: string,
  caption: string,
  columns: string[],
  rows: { name: string; values: number[] }[],
  [low, middle, high]: [number, number, number],
): Chart {
  return {
    title,
    caption,
    svg: draw(
      {
        grid: { left: 150, right: 15, top: 10, bottom: 45 },
        xAxis: {
          type: 'category',
          data: columns,
          axisLabel: { interval: 0, fontSize: 10, width: 64, overflow: 'break' },
        },
        yAxis: {
          type: 'category',
          data: rows.map(({ name }) => name),
          inverse: true,
          axisLabel: { fontSize: 11 },
        },
        visualMap: {
          show: false,
          type: 'piecewise',
          min: low,
          max: high,
          dimension: 2,
          pieces: shades(low, middle, high),
        },
        series: [
          {
            type: 'heatmap',
            label: {
              show: true,
              fontSize: 10,
              color: '#1f2328',
              formatter: ({ data }) => (data as number[])[2]!.toFixed(1),
            },
            itemStyle: { borderColor: '#fff', borderWidth: 1 },
            data: rows.flatMap(({ values }, row) =>
              values.flatMap((value, column) => (Number.isNaN(value) ? [] : [[column, row, value]])),
            ),
          },
        ],
      },
      rows.length * ROW_HEIGHT + 70,
    ),
  }
}

/** From brown over white to blue, by the logarithm. */
function shades(low: number, middle: number, high: number): { gt?: number; lte?: number; color: string }[] {
  const below = ['#d8b365', '#e6cf9c', '#f3e7ce']
  const above = ['#e3eef9', '#b9d6f0', '#86b8e3', '#5699d1']
  const steps = (from: number, to: number, number: number) =>
    Array.from({ length: number + 1 }, (_, step) => from * (to / from) ** (step / number))
  const edges = [...steps(low, middle * 0.95, 3), ...steps(middle * 1.05, high, 4)]
  const colours = [...below, '#fbfbfb', ...above]
  return colours.map((color, index) => ({
    ...(index > 0 && { gt: edges[index]! }),
    ...(index < colours.length - 1 && { lte: edges[index + 1]! }),
    color,
  }))
}

export function draw(option: EChartsOption, height = HEIGHT): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height })
  chart.setOption({
    animation: false,
    textStyle: { fontFamily: FONT, fontSize: 12 },
    ...option,
  })
  const svg = chart.renderToSVGString()
  chart.dispose()
  return svg
}
