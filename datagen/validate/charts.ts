/** What is plotted, and what to see in it. */
import type { SeriesOption } from 'echarts'
import { FESTIVALS, PROFILES, PROMOTION_KINDS } from '../world/world.ts'
import type { TwinDigest } from './definition.ts'
import { describeHistogram, type Histogram } from './describe.ts'
import { ALL, type Digest, type Profiles } from './digest.ts'
import {
  bars,
  type Chart,
  COLOURS,
  draw,
  factorAxis,
  heatMap,
  intervals,
  type Line,
  legend,
  lines,
  percentAxis,
  TWIN,
} from './drawing.ts'
import type { Digests } from './figures.ts'
import { interval } from './regression.ts'
import { REAL_NAMES } from './table.ts'

/** Not of the colours of the profiles: what is grey and dashed was measured in the world. */
const REAL_COLOURS = { completeJourney: '#1f2328', onlineRetail: '#8a8f98', m5: '#8f5a14' } as const
const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const FEWEST_HOUR_SHARE = 0.001
const MOST_LINES = 40

export function charts(twin: TwinDigest, real: Digests): Chart[] {
  return [
    weekdays(twin, real),
    hours(twin, real),
    months(twin, real),
    baskets(twin, real),
    dispersions(twin, real),
    classes(twin, real),
    elasticities(twin),
    promotions(twin),
    rain(twin),
    tastes(twin),
    categoryMonths(twin),
    festivals(twin),
  ].filter((chart) => chart !== undefined)
}

function weekdays(twin: TwinDigest, real: Digests): Chart {
  return lines(
    'Units by weekday',
    'Share of the week; the twin’s store profiles as lines, real retailers dashed. Online Retail is closed on Saturdays.',
    WEEKDAYS,
    [...ofProfiles(twin.weekdays), ...ofReal(real, ({ weekdays }) => weekdays.get(ALL))],
    percentAxis,
  )
}

function hours(twin: TwinDigest, real: Digests): Chart {
  const hourLines = [...ofProfiles(twin.hours), ...ofReal(real, ({ hours }) => hours.get(ALL))].map(
    (line) => ({
      ...line,
      values: Array.from(line.values, (value) => (value && value > FEWEST_HOUR_SHARE ? value : null)),
    }),
  )
  return lines(
    'Baskets by hour of the day',
    'Share of the day’s baskets, local time. Online Retail takes orders in office hours.',
    Array.from({ length: 24 }, (_, hour) => `${hour}`),
    hourLines,
    percentAxis,
  )
}

function months(twin: TwinDigest, real: Digests): Chart | undefined {
  const of = ({ months }: Digest) => months.get(ALL)
  const own = of(twin)
  if (!own) return undefined
  return lines(
    'Units by month, all goods',
    'Relative to the mean of the year. Online Retail sells gifts to shops, which stock up in autumn.',
    MONTHS,
    [{ name: 'Twin', values: own, colour: TWIN }, ...ofReal(real, of)],
    factorAxis,
  )
}

function baskets(twin: TwinDigest, real: Digests): Chart {
  const shares = ({ baskets }: Digest, profile: string) => {
    const sizes = baskets?.sizes.get(profile)
    return sizes && sizeShares(sizes)
  }
  return lines(
    'Lines of a basket',
    'Share of baskets with so many lines. Complete Journey is reconstructed from a sample of 5% of its lines.',
    Array.from({ length: MOST_LINES }, (_, index) => `${index + 1}`),
    [
      ...PROFILES.flatMap((profile, index) => {
        const values = shares(twin, profile)
        return values ? [{ name: profile, values, colour: COLOURS[index]! }] : []
      }),
      ...ofReal(real, (digest) => shares(digest, ALL)),
    ],
    percentAxis,
  )
}

const RATIOS = [0, 1.2, 1.6, 2, 3, 4, 6, 10, 20, 50, Number.POSITIVE_INFINITY]

function dispersions(twin: TwinDigest, real: Digests): Chart {
  const labels = RATIOS.slice(0, -1).map((from, index) =>
    RATIOS[index + 1] === Number.POSITIVE_INFINITY ? `${from}+` : `${from}–${RATIOS[index + 1]}`,
  )
  const of = ({ counts }: Digest) =>
    counts &&
    labels.map(
      (_, index) =>
        counts.dispersions.filter((ratio) => ratio >= RATIOS[index]! && ratio < RATIOS[index + 1]!).length /
        counts.dispersions.length,
    )
  return bars(
    'Variance to mean of daily counts',
    'Share of the series of one product at one store. A Poisson count has 1; customers who buy several at once make it more.',
    labels,
    [{ name: 'Twin', values: of(twin) ?? [], colour: TWIN }, ...ofReal(real, of)],
  )
}

function classes(twin: TwinDigest, real: Digests): Chart {
  const names = ['smooth', 'erratic', 'intermittent', 'lumpy'] as const
  const of = ({ counts }: Digest) => counts && names.map((name) => counts.classes[name])
  return bars(
    'Kinds of demand',
    'Share of the series, after Syntetos, Boylan and Croston: how often something is sold, and how even the amounts are.',
    [...names],
    [{ name: 'Twin', values: of(twin) ?? [], colour: TWIN }, ...ofReal(real, of)],
  )
}

function elasticities({ elasticities }: TwinDigest): Chart | undefined {
  if (elasticities.length < 3) return undefined
  const characters = [...new Set(elasticities.map(({ character }) => character))]
  const limit: [number, number] = [-5, 1]
  return {
    title: 'Price elasticity: put in, and found in sales',
    caption:
      'One point a product, larger where its sales say it with more certainty. On the line both agree. Estimates ' +
      'beyond the frame are drawn on its edge.',
    svg: draw({
      grid: { left: 60, right: 20, top: 50, bottom: 50 },
      legend,
      xAxis: {
        type: 'value',
        name: 'put in',
        nameLocation: 'middle',
        nameGap: 28,
        min: -4,
        max: 0,
        axisLine: { onZero: false },
      },
      yAxis: {
        type: 'value',
        name: 'found',
        nameLocation: 'middle',
        nameGap: 32,
        min: limit[0],
        max: limit[1],
        axisLine: { onZero: false },
      },
      series: [
        ...characters.map(
          (character, index): SeriesOption => ({
            type: 'scatter',
            name: character,
            itemStyle: { color: COLOURS[index % COLOURS.length]!, opacity: 0.75 },
            symbolSize: (point: number[]) => point[2]!,
            data: elasticities
              .filter((product) => product.character === character)
              .map(({ truth, coefficient }) => [
                truth,
                Math.max(limit[0], Math.min(limit[1], coefficient.estimate)),
                Math.max(3, Math.min(16, 3 / Math.sqrt(coefficient.error + 0.04))),
              ]),
          }),
        ),
        {
          type: 'line',
          silent: true,
          symbol: 'none',
          lineStyle: { color: '#8a8f98', type: 'dashed' },
          data: [
            [-4, -4],
            [0, 0],
          ],
        },
      ],
    }),
  }
}

function promotions({ promotions }: TwinDigest): Chart | undefined {
  const effects = [...PROMOTION_KINDS, 'after' as const].flatMap((kind) => {
    const coefficient = promotions?.get(kind)
    return coefficient ? [{ kind, coefficient }] : []
  })
  if (effects.length === 0) return undefined
  return {
    title: 'Promotions',
    caption: 'Sales of the product, times usual, with 95% intervals; and in the two weeks after it ended.',
    svg: intervals(
      effects.map(({ kind, coefficient }) => ({
        name: kind === 'after' ? 'weeks after' : kind.replace('_', ' '),
        value: Math.exp(coefficient.estimate),
        interval: interval(coefficient).map(Math.exp) as [number, number],
      })),
      1,
      (value) => `${value}x`,
    ),
  }
}

function rain({ rain }: TwinDigest): Chart | undefined {
  if (rain.byProfile.length === 0) return undefined
  return {
    title: 'Customers when it rains through',
    caption: 'Found by regression, with 95% intervals (blue), and put in (orange), by store profile.',
    svg: intervals(
      rain.byProfile.map(({ profile, truth, coefficient }) => ({
        name: profile,
        value: Math.expm1(coefficient.estimate),
        interval: interval(coefficient).map(Math.expm1) as [number, number],
        put: Math.expm1(truth),
      })),
      0,
      (value) => `${Math.round(value * 100)}%`,
    ),
  }
}

function tastes({ rainByCategory }: TwinDigest): Chart | undefined {
  if (rainByCategory.length < 3) return undefined
  const points = rainByCategory.map(({ category, truth, coefficient }) => [
    Math.expm1(truth),
    Math.expm1(coefficient.estimate),
    category,
  ])
  return {
    title: 'What rain does to sales, by category',
    caption:
      'Change of the taste put in (across) and of sales found (up), which also have fewer customers in them.',
    svg: draw({
      grid: { left: 60, right: 30, top: 20, bottom: 50 },
      xAxis: { ...percentAxis, type: 'value', name: 'taste, put in', nameLocation: 'middle', nameGap: 28 },
      yAxis: { ...percentAxis, type: 'value' },
      series: [
        {
          type: 'scatter',
          symbolSize: 9,
          itemStyle: { color: TWIN, opacity: 0.8 },
          label: {
            show: true,
            position: 'right',
            fontSize: 11,
            formatter: ({ data }) => String((data as unknown[])[2]),
          },
          labelLayout: { hideOverlap: true },
          data: points,
        },
      ],
    }),
  }
}

function categoryMonths({ months }: TwinDigest): Chart | undefined {
  const rows = [...months].filter(([category]) => category !== ALL)
  if (rows.length === 0) return undefined
  return heatMap(
    'Season by category',
    'Units of a month relative to the mean of the year.',
    MONTHS,
    rows.map(([category, index]) => ({ name: category, values: [...index] })),
    [0.4, 1, 2.2],
  )
}

function festivals({ festivals }: TwinDigest): Chart | undefined {
  const rows = [...festivals].filter(([category]) => category !== ALL)
  if (rows.length === 0) return undefined
  return heatMap(
    'Festivals by category',
    'Sales of the week before (Black Friday: from Friday to Monday), times usual weeks around it.',
    FESTIVALS.map((festival) => festival.replaceAll('_', ' ')),
    rows.map(([category, of]) => ({
      name: category,
      values: FESTIVALS.map((festival) => of.get(festival) ?? Number.NaN),
    })),
    [0.4, 1, 2.2],
  )
}

function ofProfiles(profiles: Profiles): Line[] {
  return PROFILES.flatMap((profile, index) => {
    const values = profiles.get(profile)
    return values ? [{ name: profile, values, colour: COLOURS[index]! }] : []
  })
}

function ofReal(real: Digests, of: (digest: Digest) => ArrayLike<number> | undefined): Line[] {
  return (['completeJourney', 'onlineRetail', 'm5'] as const).flatMap((name) => {
    const values = real[name] && of(real[name])
    return values ? [{ name: REAL_NAMES[name], values, colour: REAL_COLOURS[name], isReal: true }] : []
  })
}

function sizeShares(sizes: Histogram): number[] {
  const { share } = describeHistogram(sizes)
  return Array.from({ length: MOST_LINES }, (_, index) => share(index + 1))
}
