/** Up to four scenarios beside what is expected: inference re-scores, planning does the arithmetic. */
import type { PlanningSettings } from '@shelfcast/contracts/planning'
import type { RescoreAnswer } from '@shelfcast/contracts/rescoring'
import { formatPart, formatScenario } from '@shelfcast/contracts/scenario-text'
import type { ScenarioAnswer, ScenarioQuery } from '@shelfcast/contracts/scenarios'
import { type ComparedSeries, differenceOf, prepare, totalsOf } from '@shelfcast/planning/scenarios/compare'
import { doubtsOf } from '@shelfcast/planning/scenarios/doubts'
import { correlationOf } from '@shelfcast/planning/scenarios/totals'
import { readElasticities, readOriginErrors } from '@shelfcast/warehouse/queries/forecast-errors'
import type { Reader } from '@shelfcast/warehouse/queries/rows'
import { readWorld, type ScenarioWorld } from '@shelfcast/warehouse/queries/scenario-world'
import type { Inference } from '../forecasts/inference.ts'
import { fault } from '../http/errors.ts'
import { recent } from '../read/recent.ts'
import { type NamedScenario, questionOf } from './question.ts'
import { createOutlooks, type SeriesOutlook, stockTotals, unitOf } from './stock.ts'

const WORLD_AGE_MS = 30_000
/** Another forecast is over once a day. */
const ERRORS_AGE_MS = 3_600_000

const NOT_MODELLED = [
  'What customers buy instead: a series that is cheaper takes nothing from the others of its category, but for what the model sees of its price among theirs.',
  'Totals of store and category stay as they are known, so what is new in a total is what is new in its series.',
  'The ranges are those of the forecast. That the model may misjudge the change itself is not in them: see the doubts.',
  'A multibuy and a coupon are taken to be used with each piece, so the revenue is the least that it can be.',
  'Orders are lines before the minimum of the supplier and the room of the store; lead times are those that suppliers state.',
]

export interface Scenarios {
  /** @param signal when nobody waits any more */
  compare(query: ScenarioQuery, signal: AbortSignal): Promise<ScenarioAnswer>
  /** What is to be ordered today under scenario `name`. */
  outlooksOf(
    query: ScenarioQuery,
    name: NamedScenario['name'],
    signal: AbortSignal,
  ): Promise<{ outlooks: (SeriesOutlook | undefined)[]; text: string }>
}

export function createScenarios(options: {
  read: Reader
  inference: Inference
  /** The rules of planning as they are now. */
  settings: () => Promise<PlanningSettings>
}): Scenarios {
  const { read, inference, settings } = options
  const world = recent(WORLD_AGE_MS, () => readWorld(read))
  const errors = recent(ERRORS_AGE_MS, () => readOriginErrors(read))

  async function asked(query: ScenarioQuery, signal: AbortSignal) {
    const reference = await world()
    const question = questionOf(query, reference.stores)
    const answer = await inference.rescore(question.rescoring, signal)
    return { reference, question, answer }
  }

  return {
    async compare(query, signal) {
      const [{ reference, question, answer: whole }, originErrors] = await Promise.all([
        asked(query, signal),
        errors(),
      ])
      const correlation = correlationOf(originErrors)
      const answer = within(whole, query)
      const compared = comparedSeries(answer, reference)
      const prepared = prepare(compared, { bands: answer.sums, scatter: correlation.scatter })
      const [elasticities, outlooks] = await Promise.all([
        readElasticities(read, answer.origin, [...new Set(answer.series.map(({ sku }) => sku))]),
        createOutlooks(read, { answer: whole, world: reference, settings: await settings(), signal }),
      ])
      const seriesOf = new Map(compared.map((each, index) => [each, answer.series[index]!]))
      const measured = {
        elasticities,
        rainSlopeOf: (series: ComparedSeries) => seriesOf.get(series)!.rain_slope,
        skuOf: (series: ComparedSeries) => seriesOf.get(series)!.sku,
      }
      const baseOutlooks = await outlooks(undefined, [])
      const scenarios: ScenarioAnswer['scenarios'] = []
      for (const { name, scenario, place, partPlaces } of question.scenarios) {
        const own = await outlooks(place, scenario, baseOutlooks)
        scenarios.push({
          name,
          text: formatScenario(scenario),
          series_changed: answer.series.filter(
            (series, index) => series.scenarios[place] !== null || own[index] !== baseOutlooks[index],
          ).length,
          totals: totalsOf(prepared, place, correlation),
          difference: differenceOf(prepared, place, correlation),
          stock: stockTotals(own),
          parts: scenario.map((part, index) => ({
            text: formatPart(part),
            difference: differenceOf(prepared, partPlaces[index]!, correlation),
          })),
          ignored: (answer.ignored[place] ?? []).map(({ part, reason }) => ({
            part: formatPart(scenario[part]!),
            reason,
          })),
          doubts: scenario.flatMap((part, index) => doubtsOf(part, prepared, partPlaces[index]!, measured)),
        })
      }
      const { origin, served_by, model_version, served_because, days } = answer
      return {
        origin,
        from_day: days[0]!,
        to_day: days.at(-1)!,
        served_by,
        model_version,
        served_because,
        series: answer.series.length,
        base: totalsOf(prepared, undefined, correlation),
        base_stock: stockTotals(baseOutlooks),
        scenarios,
        spread: correlation,
        not_modelled: NOT_MODELLED,
      }
    },

    async outlooksOf(query, name, signal) {
      const { reference, question, answer } = await asked(query, signal)
      const choice = question.scenarios.find((each) => each.name === name)
      if (!choice)
        throw fault(
          400,
          'invalid_request',
          `There is no scenario "${name}" in the query. Give it as ${name}=...`,
        )
      const outlooks = await createOutlooks(read, {
        answer,
        world: reference,
        settings: await settings(),
        signal,
      })
      return {
        outlooks: await outlooks(choice.place, choice.scenario),
        text: formatScenario(choice.scenario),
      }
    },
  }
}

function comparedSeries(answer: RescoreAnswer, world: ScenarioWorld): ComparedSeries[] {
  const stores = new Map(world.stores.map((store) => [store.store_id, store]))
  const products = new Map(world.products.map((product) => [product.sku, product]))
  return answer.series.map(({ store_id, sku, category, unit, price, base, scenarios }) => {
    const product = products.get(sku)
    return {
      category,
      unit: unitOf(unit),
      currency: stores.get(store_id)?.currency ?? '',
      price: price.map((each) => each ?? product?.price ?? null),
      cost: product?.cost ?? null,
      base,
      scenarios,
    }
  })
}

/** Only the days that are compared. A scenario that changes others only is the base. */
function within(answer: RescoreAnswer, { from_day = '', to_day = '9999' }: ScenarioQuery): RescoreAnswer {
  const first = answer.days.findIndex((day) => day >= from_day)
  const last = answer.days.findLastIndex((day) => day <= to_day)
  if (first < 0 || last < first)
    throw fault(
      400,
      'invalid_request',
      `Parameters "from_day" and "to_day" leave none of the days that are forecast, ${answer.days[0]} to ${answer.days.at(-1)}.`,
    )
  if (first === 0 && last === answer.days.length - 1) return answer
  const cut = <T>(values: readonly T[]) => values.slice(first, last + 1)
  return {
    ...answer,
    days: cut(answer.days),
    series: answer.series.map((series) => {
      const base = { means: cut(series.base.means), paid: cut(series.base.paid) }
      return {
        ...series,
        price: cut(series.price),
        base,
        scenarios: series.scenarios.map((scenario) => {
          if (!scenario) return null
          const means = cut(scenario.means)
          const paid = cut(scenario.paid)
          const isBase =
            means.every((mean, day) => mean === base.means[day]) &&
            paid.every((share, day) => share === base.paid[day])
          return isBase ? null : { means, paid }
        }),
      }
    }),
  }
}
