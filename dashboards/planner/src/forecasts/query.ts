/** What the page shows, as its address says: a filter, an order, and the series that is looked at. */
import { FORECAST_SORTS, type ForecastFilter, type ForecastOrder } from '@shelfcast/contracts/forecasts'
import { addressWith, filterIn, withPart } from '#ui/address.ts'

/** Forecasts are made anew when a day ends, and seconds after another version has come to serve. */
export const FRESH_MS = 15_000

export interface View {
  filter: ForecastFilter
  sort: NonNullable<ForecastOrder['sort']>
  order: NonNullable<ForecastOrder['order']>
  /** store/SKU */
  series?: string
}

const PARTS = ['store_id', 'category', 'text'] as const satisfies (keyof ForecastFilter)[]
const USUAL = { sort: 'next_7', order: 'desc' } as const
/** Words are read from A to Z, figures from the largest. */
const FIRST_ORDER = (sort: View['sort']): View['order'] =>
  sort === 'name' || sort === 'store' || sort === 'days_of_cover' ? 'asc' : 'desc'

export function viewOf(parameters: Pick<URLSearchParams, 'get'>): View {
  const sort = FORECAST_SORTS.find((each) => each === parameters.get('sort')) ?? USUAL.sort
  const text = parameters.get('order')
  const order = text === 'asc' || text === 'desc' ? text : FIRST_ORDER(sort)
  const series = parameters.get('series') ?? ''
  const view = { filter: filterIn(parameters, PARTS), sort, order }
  return series === '' ? view : { ...view, series }
}

export function addressOf({ filter, sort, order, series }: View): string {
  return addressWith('/forecasts', {
    ...filter,
    sort: sort === USUAL.sort ? undefined : sort,
    order: order === FIRST_ORDER(sort) ? undefined : order,
    series,
  })
}

/** The view by this column; by the same again, the other way round. */
export function sortedBy(view: View, sort: View['sort']): View {
  const order = view.sort === sort ? (view.order === 'asc' ? 'desc' : 'asc') : FIRST_ORDER(sort)
  return { ...view, sort, order }
}

/** The view with one part of its filter changed; an empty value takes the part out. */
export const filteredBy = (view: View, name: keyof ForecastFilter, value: string): View => ({
  ...view,
  filter: withPart(view.filter, name, value),
})

export const seriesKey = ({ store_id, sku }: { store_id: string; sku: string }) => `${store_id}/${sku}`

/** @returns undefined when the text names no series */
export function seriesOf(key: string | undefined): { store_id: string; sku: string } | undefined {
  const at = key?.indexOf('/') ?? -1
  return key && at > 0 && at < key.length - 1
    ? { store_id: key.slice(0, at), sku: key.slice(at + 1) }
    : undefined
}
