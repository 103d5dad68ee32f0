/**
 * What is measured, in which range it is plausible, and why. The ranges come from the literature and from real data,
 * never from what the twin gives: a figure outside means that the world is changed, or the reason is wrong.
 */
import type { PromotionKind } from '../world/world.ts'
import type { Definition, TwinDigest } from './definition.ts'
import { describeHistogram, mean, sum } from './describe.ts'
import { ALL, median } from './digest.ts'
import {
  asChange,
  asEstimate,
  asFactor,
  categorySeasons,
  festival,
  meanLines,
  strongest,
  weightedCorrelation,
} from './measures.ts'
import { seasonStrength } from './seasons.ts'

const [SATURDAY, SUNDAY] = [5, 6]
const CHRISTMAS_NOTE =
  'Complete Journey and M5 are American: their year has a second height before Thanksgiving, with which the weeks ' +
  'before Christmas compete. The shops that buy from Online Retail do so in October and November.'

export const DEFINITIONS: readonly Definition[] = [
  ...weekends([
    ['convenience', 0.24, 0.36, 'Commuters in the week and neighbours at the weekend: near the even 0.29'],
    ['supermarket', 0.29, 0.42, 'Above the even 0.29: Complete Journey has 0.35'],
    ['hypermarket', 0.3, 0.45, 'The week’s shopping: at least what M5 has, more where shops close earlier'],
    ['campus', 0.02, 0.25, 'Below the even 0.29: few are there at the weekend'],
  ]),
  ...hours([
    ['convenience', [16, 20], 0.2, 0.42, 'Two heights, on the way to work and home again'],
    ['supermarket', [16, 20], 0.28, 0.45, 'After work: Complete Journey has 0.38'],
    ['hypermarket', [16, 20], 0.25, 0.45, 'As supermarkets, flatter for their longer hours'],
    [
      'campus',
      [11, 15],
      0.3,
      0.6,
      'Lunch is the height of its day; evenly spread it would be a third at most',
    ],
  ]),
  {
    group: 'Year',
    name: 'Strongest month over weakest, all goods',
    unit: 'factor',
    range: [1.05, 1.6],
    because: 'Food is bought all year: Complete Journey 1.10, M5 1.26; Christmas adds to it',
    apart: 'Online Retail sells gifts: more than twice as much in November as in its weakest month.',
    of: ({ months }) => months.get(ALL) && seasonStrength(months.get(ALL)!),
  },
  {
    group: 'Year',
    name: 'The same of the median category',
    unit: 'factor',
    range: [1.1, 2.5],
    because: 'Departments of Complete Journey: 1.14 (grocery) to 1.6 (produce)',
    of: (digest) => categorySeasons(digest)?.[0],
  },
  {
    group: 'Year',
    name: 'The same of the most seasonal category',
    unit: 'factor',
    range: [1.5, 12],
    because: 'Ice cream, barbecue and the like sell several times as much in their season',
    apart: 'Whole departments, as in Complete Journey, hide the seasons of the categories in them.',
    of: (digest) => categorySeasons(digest)?.[1],
  },
  {
    group: 'Weather',
    name: 'Sales on a wet day (1 mm or more)',
    unit: 'change',
    range: [-0.12, -0.01],
    because:
      'An American study of department stores found takings 7% down on wet days and 15% when it rains through ' +
      '(Irish Times, “Rain dampens shopping zeal”); Springboard counted 3.5 to 5% fewer people on wet days in Britain, 10% in the streets it hit most',
    ofTwin: ({ rain }) => rain.wetDay && asChange(rain.wetDay),
  },
  {
    group: 'Weather',
    name: 'Footfall in all-day rain, found less put in, profile furthest apart, in standard errors',
    unit: 'number',
    range: [-3.5, 3.5],
    because: 'What was put in must be found again: of four profiles chance takes one so far in 500 seeds',
    ofTwin: ({ rain }) =>
      rain.byProfile
        .map(({ truth, coefficient }) => (coefficient.estimate - truth) / coefficient.error)
        .sort((a, b) => Math.abs(b) - Math.abs(a))[0],
  },
  {
    group: 'Weather',
    name: 'Lift by all-day rain of the category that likes it most',
    unit: 'change',
    range: [0.02, 0.8],
    because: 'Soup, tea and the like sell more when it rains, though fewer customers come',
    ofTwin: ({ rainByCategory }) => {
      const [most] = rainByCategory.toSorted((a, b) => b.truth - a.truth)
      return most && asChange(most.coefficient)
    },
  },
  {
    group: 'Price',
    name: 'Price elasticity, all goods',
    unit: 'number',
    range: [-4, -0.7],
    because:
      'Mean of 1,851 estimates -2.62 (Bijmolt, van Heerde and Pieters 2005), of 367 older ones -1.76 (Tellis ' +
      '1988); single goods of one shop react less, as in M5',
    apart: 'M5 reacts less: everyday low prices, with few and small changes.',
    of: ({ elasticity }) => elasticity && asEstimate(elasticity),
  },
  {
    group: 'Price',
    name: 'Elasticity of a product, found less put in, mean',
    unit: 'number',
    range: [-0.3, 0.3],
    because: 'What was put in must be found again; cannibalisation and empty shelves may bend it a little',
    ofTwin: ({ elasticities }) =>
      elasticities.length > 0
        ? mean(elasticities.map(({ truth, coefficient }) => coefficient.estimate - truth))
        : undefined,
  },
  {
    group: 'Price',
    name: 'Elasticity of a product, found and put in, correlation weighted by certainty',
    unit: 'number',
    range: [0.6, 1],
    because: 'Products that react more must be told from those that react less',
    ofTwin: ({ elasticities }) => weightedCorrelation(elasticities),
  },
  {
    group: 'Promotion',
    name: 'Share of units sold on promotion',
    unit: 'share',
    range: [0.08, 0.55],
    because: 'A quarter is usual in European grocery; chains with prices for card holders have half',
    apart: 'Complete Journey is such a chain, and half of its lines carry a discount for the card.',
    of: ({ discountedShare }) => discountedShare,
  },
  ...uplifts([
    ['price_off', 'Price off', 1.2, 4],
    ['multibuy', 'Multibuy', 1.1, 4],
    ['end_cap', 'End cap', 1.2, 5],
    ['coupon', 'Coupon', 1.05, 3],
  ]),
  {
    group: 'Promotion',
    name: 'Sales in the two weeks after a promotion',
    unit: 'factor',
    range: [0.75, 1],
    because:
      'Customers bought ahead; dips take 4 to 25% of what the promotion gained (van Heerde, Leeflang and Wittink 2000)',
    of: ({ promotions }) => asFactor(promotions?.get('after')),
  },
  {
    group: 'Festivals',
    name: 'Week before Christmas, all goods',
    unit: 'factor',
    range: [1.03, 1.8],
    because: 'Complete Journey 1.19, M5 1.03; more where there is no Thanksgiving',
    apart: CHRISTMAS_NOTE,
    of: (digest) => festival(digest, ALL, 'christmas'),
  },
  {
    group: 'Festivals',
    name: 'Week before Christmas, strongest category',
    unit: 'factor',
    range: [1.3, 8],
    because: 'Sweets, wine and gifts sell a multiple',
    of: (digest) => strongest(digest, 'christmas'),
  },
  {
    group: 'Festivals',
    name: 'Week before Easter, all goods',
    unit: 'factor',
    range: [0.98, 1.4],
    because: 'Complete Journey 0.99, M5 1.10',
    of: (digest) => festival(digest, ALL, 'easter'),
  },
  {
    group: 'Festivals',
    name: 'Week before Easter, strongest category',
    unit: 'factor',
    range: [1.2, 8],
    because: 'Chocolate and eggs sell a multiple',
    of: (digest) => strongest(digest, 'easter'),
  },
  {
    group: 'Festivals',
    name: 'Black Friday to Monday, all goods',
    unit: 'factor',
    range: [0.9, 1.5],
    because: 'Outside of America an offer like others, strong for durable goods, faint for food',
    apart: 'In America it follows Thanksgiving, for which food was bought before: 0.75 in both grocers.',
    of: (digest) => festival(digest, ALL, 'black_friday'),
  },
  {
    group: 'Counts',
    name: 'Days on which a product of a store sells nothing',
    unit: 'share',
    range: [0.2, 0.75],
    because: 'M5 0.52 since each item’s first sale; a small range sells better than a whole department',
    apart: 'Online Retail, 0.68: thousands of gifts, each bought by a few shops.',
    of: ({ counts }) => counts?.zeroShare,
  },
  {
    group: 'Counts',
    name: 'Variance to mean of daily counts, median',
    unit: 'number',
    range: [1.1, 6],
    because: 'Above 1, which Poisson counts have; M5 1.8',
    apart: 'Online Retail sells by the dozen and the gross, so one order is most of the variance.',
    of: ({ counts }) => counts && median(counts.dispersions),
  },
  {
    group: 'Counts',
    name: 'Intermittent series (ADI above 1.32, CV² below 0.49)',
    unit: 'share',
    range: [0.15, 0.7],
    because: 'M5 0.58; classes of Syntetos, Boylan and Croston (2005)',
    of: ({ counts }) => counts?.classes.intermittent,
  },
  {
    group: 'Counts',
    name: 'Lumpy series (ADI above 1.32, CV² from 0.49)',
    unit: 'share',
    range: [0.02, 0.45],
    because: 'M5 0.28; rare sales of uneven size',
    apart: 'Online Retail is lumpy nearly throughout, for the same reason.',
    of: ({ counts }) => counts?.classes.lumpy,
  },
  {
    group: 'Counts',
    name: 'Smooth series (ADI to 1.32, CV² below 0.49)',
    unit: 'share',
    range: [0.05, 0.6],
    because: 'M5 0.09 in a wide department; a range of the best sellers has more',
    of: ({ counts }) => counts?.classes.smooth,
  },
  {
    group: 'Counts',
    name: 'Share of the units that the top fifth of the SKUs sells',
    unit: 'share',
    range: [0.5, 0.85],
    because: 'The rule of Pareto: Complete Journey 0.68, M5 0.74, Online Retail 0.76',
    of: ({ topFifth }) => topFifth,
  },
  ...sizes([
    [
      'Lines of a basket, supermarket, mean',
      'number',
      (sizes) => sizes.mean,
      [3, 12],
      'Complete Journey 10, of some twenty thousand goods and from households that shop there often',
    ],
    [
      'Lines of a basket, supermarket, median',
      'number',
      (sizes) => sizes.quantile(0.5),
      [2, 8],
      'Complete Journey 5: half of the baskets are small',
    ],
    [
      'Lines of a basket, supermarket, 95th percentile',
      'number',
      (sizes) => sizes.quantile(0.95),
      [8, 40],
      'Complete Journey 36: the week’s shopping',
    ],
    [
      'Baskets of a single line, supermarket',
      'share',
      (sizes) => sizes.share(1),
      [0.1, 0.35],
      'Complete Journey 0.20; more where people drop in',
    ],
  ]),
  {
    group: 'Baskets',
    name: 'Lines of a basket, convenience and campus, mean',
    unit: 'number',
    range: [1.3, 4],
    because: 'A meal, a drink and what was forgotten: two or three articles',
    ofTwin: ({ baskets }) => meanLines(baskets, ['convenience', 'campus']),
  },
  {
    group: 'Baskets',
    name: 'Pieces of a line, mean',
    unit: 'number',
    range: [1.1, 1.6],
    because: 'Complete Journey 1.3',
    apart: 'Online Retail sells by the dozen.',
    of: ({ baskets }) => baskets?.meanQuantity,
  },
  {
    group: 'Baskets',
    name: 'Lines of a single piece',
    unit: 'share',
    range: [0.65, 0.92],
    because: 'Complete Journey 0.80',
    apart: 'Online Retail sells by the dozen.',
    of: ({ baskets }) => baskets?.oneShare,
  },
  {
    group: 'Baskets',
    name: 'Lines that come back',
    unit: 'share',
    range: [0.002, 0.03],
    because: 'Online Retail 0.016; food is returned less than other goods',
    apart: 'Complete Journey has none: its data leave them out.',
    of: ({ baskets }) => (baskets && baskets.returnShare > 0 ? baskets.returnShare : undefined),
  },
  {
    group: 'Baskets',
    name: 'Baskets with a card or name',
    unit: 'share',
    range: [0.4, 0.9],
    because: 'Grocers with a card see half to four fifths of their baskets; convenience stores fewer',
    apart: 'Complete Journey is made of card holders alone; Online Retail writes invoices.',
    of: ({ baskets }) => baskets?.recognisedShare,
  },
  {
    group: 'Baskets',
    name: 'Days between visits of the same customer, mean',
    unit: 'days',
    range: [3, 14],
    because: 'Complete Journey 6.3 (frequent shoppers); grocers are visited about once a week',
    apart: 'Shops order from Online Retail every six weeks.',
    of: ({ baskets }) => baskets?.daysBetweenVisits,
  },
  {
    group: 'Baskets',
    name: 'Baskets with a line scanned twice',
    unit: 'share',
    range: ({ doubleScans: { baskets, rate } }) => {
      const four = 4 * Math.sqrt((rate * (1 - rate)) / Math.max(1, baskets))
      return [rate - four, rate + four]
    },
    because:
      'The rate that the world sets, within four standard errors; far above real tills, so that catching it can be watched',
    apart:
      'One in ten invoices of Online Retail repeats a line with its quantity, most of them keyed in twice.',
    of: ({ baskets }) => (baskets && baskets.repeatingShare > 0 ? baskets.repeatingShare : undefined),
    ofTwin: ({ doubleScans: { baskets, doubles } }) => (baskets > 0 ? doubles / baskets : undefined),
  },
  ...stock([
    [
      'Products missing from the shelf, of store, product and day',
      ({ stockouts, productDays }) => stockouts / productDays,
      [0.01, 0.12],
      'Worldwide mean 8.3%, most studies 5 to 10% (Gruen, Corsten and Bharadwaj 2002)',
    ],
    [
      'Demand that is lost, of pieces wanted',
      ({ lost, demand }) => lost / demand,
      [0.002, 0.06],
      'About 4% of sales (Gruen and others): nearly half of those who miss something take another product',
    ],
    [
      'Waste, of sales value',
      ({ wasted, revenue }) => wasted / revenue,
      [0.003, 0.05],
      'Shrink of good grocers is a little above 2%, and four fifths of it is perishable goods (Coresight 2021)',
    ],
    [
      'Waste of goods that keep for 14 days at most, of their sales value',
      ({ freshWasted, freshRevenue }) => freshWasted / freshRevenue,
      [0.01, 0.12],
      'Produce departments 4.8% of sales (Food Marketing Institute, cited by Buzby and others 2015), meat and bakery alike or more',
    ],
    [
      'Theft and other shrinkage, of sales value',
      ({ stolen, revenue }) => stolen / revenue,
      [0.002, 0.025],
      'Retailers report 1.4 to 1.6% (National Retail Federation, 2016 to 2023); less in food',
    ],
    [
      'Stock records that differ from the shelf',
      ({ wrongRecords, records }) => wrongRecords / records,
      [0.1, 0.75],
      'Of 370,000 records of a leading retailer 65% were wrong (DeHoratius and Raman 2008)',
    ],
  ]),
]

function weekends(rows: [string, number, number, string][]): Definition[] {
  return rows.map(([profile, low, high, because]) => ({
    group: 'Week',
    name: `Saturday and Sunday, share of the week’s units, ${profile}`,
    unit: 'share',
    range: [low, high],
    because,
    of: ({ weekdays }) => {
      const shares = weekdays.get(profile)
      return shares && shares[SATURDAY]! + shares[SUNDAY]!
    },
  }))
}

function hours(rows: [string, [number, number], number, number, string][]): Definition[] {
  return rows.map(([profile, [from, to], low, high, because]) => ({
    group: 'Day',
    name: `Baskets from ${from}:00 to ${to}:00, ${profile}`,
    unit: 'share',
    range: [low, high],
    because,
    of: ({ hours }) => {
      const shares = hours.get(profile)
      return shares && sum(shares.subarray(from, to))
    },
  }))
}

function sizes(
  rows: [
    string,
    Definition['unit'],
    (sizes: ReturnType<typeof describeHistogram>) => number,
    [number, number],
    string,
  ][],
): Definition[] {
  return rows.map(([name, unit, of, range, because]) => ({
    group: 'Baskets',
    name,
    unit,
    range,
    because,
    apart: 'Invoices of Online Retail are orders of shops.',
    of({ baskets }) {
      const sizes = baskets && (baskets.sizes.get('supermarket') ?? baskets.sizes.get(ALL))
      return sizes && of(describeHistogram(sizes))
    },
  }))
}

function uplifts(rows: [PromotionKind, string, number, number][]): Definition[] {
  return rows.map(([kind, name, low, high]) => ({
    group: 'Promotion',
    name: `${name}, times usual sales`,
    unit: 'factor',
    range: [low, high],
    because:
      'Reductions and displays lift a product’s sales by tens of per cent to several times (Blattberg, Briesch and Fox 1995)',
    of: ({ promotions }) => asFactor(promotions?.get(kind)),
  }))
}

function stock(
  rows: [string, (stock: TwinDigest['stock']) => number, [number, number], string][],
): Definition[] {
  return rows.map(([name, of, range, because]) => ({
    group: 'Stock',
    name,
    unit: 'share',
    range,
    because,
    ofTwin: ({ stock }) => of(stock),
  }))
}
