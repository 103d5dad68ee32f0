/** What the page shows, as its address says: a filter, an order, and the series that is looked at. */
import { FORECAST_SORTS, type ForecastFilter, type ForecastOrder } from '@shelfcast/contracts/forecasts'

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
  const filter: ForecastFilter = {}
  for (const name of PARTS) {
    const text = parameters.get(name)
    if (text) filter[name] = text
  }
  const sort = FORECAST_SORTS.find((each) => each === parameters.get('sort')) ?? USUAL.sort
  const given = parameters.get('order')
  const order = given === 'asc' || given === 'desc' ? given : FIRST_ORDER(sort)
  const series = parameters.get('series')
  return { filter, sort, order, ...(series && { series }) }
}

export function addressOf({ filter, sort, order, series }: View): string {
  const parameters = new URLSearchParams(filter as Record<string, string>)
  if (sort !== USUAL.sort) parameters.set('sort', sort)
  if (order !== FIRST_ORDER(sort)) parameters.set('order', order)
  if (series) parameters.set('series', series)
  // A slash needs no escape in a query.
  const query = parameters.toString().replaceAll('%2F', '/')
  return query === '' ? '/forecasts' : `/forecasts?${query}`
}

/** The view by this column; by the same again, the other way round. */
export function sortedBy(view: View, sort: View['sort']): View {
  const order = view.sort === sort ? (view.order === 'asc' ? 'desc' : 'asc') : FIRST_ORDER(sort)
  return { ...view, sort, order }
}

/** The view with one part of its filter changed; an empty value takes the part out. */
export function withPart(view: View, name: keyof ForecastFilter, value: string): View {
  const { [name]: _, ...rest } = view.filter
  return { ...view, filter: value === '' ? rest : { ...rest, [name]: value } }
}

export const seriesKey = ({ store_id, sku }: { store_id: string; sku: string }) => `${store_id}/${sku}`

/** @returns undefined when the text names no series */
export function seriesOf(key: string | undefined): { store_id: string; sku: string } | undefined {
  const at = key?.indexOf('/') ?? -1
  return key && at > 0 && at < key.length - 1
    ? { store_id: key.slice(0, at), sku: key.slice(at + 1) }
    : undefined
}
