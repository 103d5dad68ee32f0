/** What a schema cannot say of a world: that its parts fit together. */
import { isDate, isTimeZone } from '@shelfcast/contracts/dates'
import {
  type Category,
  FESTIVALS,
  PROFILES,
  type Supplier,
  type TwinProduct,
  type TwinStore,
  type World,
} from './world.ts'

type Faults = (fault: string) => void
const NAMES_SHOWN = 8
const MOST_LOG = 5
// Ids of lots, orders and baskets are made of these, and an event takes 64 characters.
const LONGEST_IDS: Record<string, number> = { store_id: 24, supplier_id: 24, sku: 40 }

/** @returns what to change, object by object; empty when the world can be simulated */
export function meaningFaults(world: World): string[] {
  const faults: string[] = []
  const fault: Faults = (text) => faults.push(text)
  checkIds(world, fault)
  checkWeights(world, fault)
  for (const category of world.categories) checkCategory(category, fault)
  for (const store of world.stores) checkStore(world, store, fault)
  for (const supplier of world.suppliers) checkSupplier(supplier, fault)
  const categories = new Set(world.categories.map(({ category }) => category))
  const suppliers = new Set(world.suppliers.map(({ supplier_id }) => supplier_id))
  for (const product of world.products) {
    checkReference(`product ${product.sku}: category`, product.category, categories, 'categories', fault)
    checkReference(`product ${product.sku}: supplier_id`, product.supplier_id, suppliers, 'suppliers', fault)
    checkProduct(product, fault)
  }
  checkDate('world: reference_date', world.reference_date, fault)
  return faults
}

function checkIds(world: World, fault: Faults): void {
  const lists: [string, string, string[]][] = [
    ['weather zone', 'zone_id', world.weather_zones.map(({ zone_id }) => zone_id)],
    ['store', 'store_id', world.stores.map(({ store_id }) => store_id)],
    ['category', 'category', world.categories.map(({ category }) => category)],
    ['supplier', 'supplier_id', world.suppliers.map(({ supplier_id }) => supplier_id)],
    ['product', 'sku', world.products.map(({ sku }) => sku)],
  ]
  for (const [kind, field, ids] of lists) {
    const longest = LONGEST_IDS[field]
    for (const id of ids) {
      if (longest === undefined || id.length <= longest) continue
      fault(`${kind} ${id}: ${field} has ${id.length} characters. Use at most ${longest}.`)
    }
    const places = Map.groupBy(ids.keys(), (index) => ids[index]!)
    for (const [id, [first, second]] of places) {
      if (second === undefined) continue
      fault(
        `${kind} ${id}: number ${first! + 1} and number ${second + 1} have the same ${field}. Give one another.`,
      )
    }
  }
}

function checkWeights(world: World, fault: Faults): void {
  const empty = (weights: readonly number[]) => weights.every((weight) => weight === 0)
  const refuse = (place: string) => fault(`world: ${place} are all 0. Make one of them larger.`)
  for (const profile of PROFILES) {
    const { hour_weights, weekday_weights, months } = world.profiles[profile]
    for (const [name, weights] of Object.entries({ hour_weights, weekday_weights, months })) {
      if (empty(weights)) refuse(`profiles.${profile}.${name}`)
    }
  }
  for (const [rhythm, weights] of Object.entries(world.rhythms)) {
    if (empty(weights)) refuse(`rhythms.${rhythm}`)
  }
  const { share, kinds } = world.promotions
  if (share > 0 && empty(Object.values(kinds).map(({ weight }) => weight))) {
    fault('world: promotions.kinds have no weight above 0. Give one, or set promotions.share to 0.')
  }
}

/** A factor of 148 is beyond what any day does to a category, and a slip of the decimal point is not. */
function checkCategory(category: Category, fault: Faults): void {
  const { season_amplitude, weekend, rain, warmth, festivals } = category
  const logs = Object.entries({ season_amplitude, weekend, rain, warmth })
  for (const festival of FESTIVALS) logs.push([`festivals.${festival}`, festivals[festival] ?? 0])
  for (const [field, log] of logs) {
    if (Math.abs(log) <= MOST_LOG) continue
    fault(
      `category ${category.category}: ${field} is ${log}, and must be between ${-MOST_LOG} and ${MOST_LOG}: ` +
        'it is the log of a factor, and 0.7 doubles demand.',
    )
  }
}

function checkStore(world: World, store: TwinStore, fault: Faults): void {
  const at = `store ${store.store_id}`
  const zones = new Set(world.weather_zones.map(({ zone_id }) => zone_id))
  checkReference(`${at}: weather_zone`, store.weather_zone, zones, 'weather_zones', fault)
  const [opens = 0, closes = 0] = store.hours
  if (opens >= closes) {
    fault(`${at}: hours are from ${opens} to ${closes}. The first must be before the second, as in [7, 22].`)
  } else {
    const { hour_weights } = world.profiles[store.profile]
    if (hour_weights.slice(opens, closes).every((weight) => weight === 0)) {
      fault(
        `${at}: nobody comes from ${opens} to ${closes}: profiles.${store.profile}.hour_weights are 0 there. ` +
          'Open it in other hours.',
      )
    }
  }
  if (!isTimeZone(store.time_zone)) {
    fault(`${at}: time_zone "${store.time_zone}" is not known. Use an IANA name, such as Europe/Dublin.`)
  }
  if (store.self_checkouts > store.tills) {
    fault(
      `${at}: self_checkouts ${store.self_checkouts} are more than tills ${store.tills}. Make them fewer.`,
    )
  }
  if (!world.products.some(({ profiles }) => profiles[store.profile] > 0)) {
    fault(
      `${at}: no product is listed at a ${store.profile}. Give products a profiles.${store.profile} above 0.`,
    )
  }
}

function checkSupplier(supplier: Supplier, fault: Faults): void {
  const at = `supplier ${supplier.supplier_id}`
  const { least, usual } = supplier.lead_time_days
  if (usual < least) {
    fault(`${at}: lead_time_days.usual ${usual} is below least ${least}. Make it at least ${least}.`)
  }
  if (new Set(supplier.order_weekdays).size < supplier.order_weekdays.length) {
    fault(`${at}: order_weekdays name a day twice: ${supplier.order_weekdays.join(', ')}. Name each once.`)
  }
}

function checkProduct(product: TwinProduct, fault: Faults): void {
  const at = `product ${product.sku}`
  const { cost, price, unit, portion, profiles, character, launched_on, withdrawn_on } = product
  if (cost >= price) fault(`${at}: cost ${cost} is not below price ${price}. Make the price higher.`)
  if (unit === 'each' && portion !== 1) fault(`${at}: portion ${portion} of a product sold each. Make it 1.`)
  if (unit !== 'each' && portion === 1) {
    fault(`${at}: portion 1 of a product sold by weight. Say how many ${unit} a customer usually takes.`)
  }
  if (PROFILES.every((profile) => profiles[profile] === 0)) {
    fault(`${at}: profiles are all 0, so no store lists it. Make one larger, or remove the product.`)
  }
  if ((character === 'seasonal') !== (product.season_peak !== undefined)) {
    fault(
      character === 'seasonal'
        ? `${at}: character seasonal without season_peak. Add it: 0.5 is the beginning of July.`
        : `${at}: season_peak with character ${character}. Remove it, or make the character seasonal.`,
    )
  }
  if (character === 'new' && launched_on === undefined) {
    fault(`${at}: character new without launched_on. Add the date from which it is sold.`)
  }
  checkDate(`${at}: launched_on`, launched_on, fault)
  checkDate(`${at}: withdrawn_on`, withdrawn_on, fault)
  if (launched_on && withdrawn_on && launched_on >= withdrawn_on) {
    fault(`${at}: withdrawn_on ${withdrawn_on} is not after launched_on ${launched_on}. Change one.`)
  }
}

function checkReference(
  place: string,
  id: string,
  ids: ReadonlySet<string>,
  list: string,
  fault: Faults,
): void {
  if (ids.has(id)) return
  const names = [...ids].slice(0, NAMES_SHOWN).join(', ')
  const more = ids.size > NAMES_SHOWN ? ', ...' : ''
  fault(`${place} "${id}" is not in ${list}. Use one of ${names}${more}, or add it there.`)
}

function checkDate(place: string, date: string | undefined, fault: Faults): void {
  if (date !== undefined && !isDate(date)) fault(`${place} ${date} is no day of the calendar. Correct it.`)
}
