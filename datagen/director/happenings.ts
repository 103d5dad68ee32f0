/** From what is asked of the director to what happens in the stores, and back to how it is told. */
import { HOUR_MS } from '@shelfcast/contracts/dates'
import type { HappeningKind, HappeningRequest, HappeningState } from '@shelfcast/contracts/twin'
import type { Happening } from '../sim/model.ts'
import type { World } from '../world/world.ts'
import { choiceOf, fault } from './fault.ts'

type Choice = 'category' | 'sku' | 'supplier_id' | 'till_id'

interface Terms {
  /** How long it lasts when nobody says. */
  hours: number
  /** What may be chosen besides stores. */
  takes: readonly Choice[]
  /** One of these has to be chosen. */
  needs?: readonly Choice[]
  /** What strength means; absent where it has no meaning. */
  strength?: { means: string; minimum: number; maximum: number; usual: number }
}

export const HAPPENING_TERMS: Record<HappeningKind, Terms> = {
  festival: {
    hours: 7 * 24,
    takes: ['category'],
    strength: { means: 'factor on demand at the peak', minimum: 1, maximum: 10, usual: 2 },
  },
  price_drop: {
    hours: 7 * 24,
    takes: ['category', 'sku'],
    needs: ['category', 'sku'],
    // Beyond it the gate takes a price for one with a digit too few.
    strength: { means: 'share off the price', minimum: 0.01, maximum: 0.7, usual: 0.3 },
  },
  rainy_week: {
    hours: 7 * 24,
    takes: [],
    strength: { means: 'mm of rain a day', minimum: 1, maximum: 100, usual: 12 },
  },
  heat_wave: {
    hours: 7 * 24,
    takes: [],
    strength: { means: 'degrees above the season', minimum: 1, maximum: 25, usual: 10 },
  },
  supplier_delay: {
    hours: 7 * 24,
    takes: ['supplier_id'],
    strength: { means: 'days that deliveries are late', minimum: 1, maximum: 30, usual: 3 },
  },
  till_outage: { hours: 4, takes: ['till_id'] },
  scanner_fault: {
    hours: 24,
    takes: ['till_id'],
    strength: { means: 'share of baskets with a double scan', minimum: 0.01, maximum: 1, usual: 0.5 },
  },
  theft: {
    hours: 3 * 24,
    takes: ['category', 'sku'],
    strength: { means: 'share of the stock stolen each day', minimum: 0.01, maximum: 1, usual: 0.2 },
  },
  viral_product: {
    hours: 7 * 24,
    takes: ['sku'],
    needs: ['sku'],
    strength: { means: 'factor on demand', minimum: 1, maximum: 50, usual: 8 },
  },
}

/**
 * @param at begin of the hour from which it happens
 * @throws a fault that names what the world does not have, with what it has
 */
export function toHappening(world: World, request: HappeningRequest, id: string, at: number): Happening {
  const { kind } = request
  const terms = HAPPENING_TERMS[kind]
  checkChoices(request, terms)
  if (request.days !== undefined && request.hours !== undefined) {
    throw fault(400, 'days_and_hours', `${kind} has days and hours. Give one of them.`)
  }
  const hours = request.hours ?? (request.days === undefined ? terms.hours : request.days * 24)
  return {
    id,
    kind,
    from: at,
    to: at + hours * HOUR_MS,
    ...(request.stores ? { stores: request.stores.map((store_id) => storeIndex(world, store_id)) } : {}),
    ...(request.category === undefined ? {} : { category: categoryIndex(world, request.category) }),
    ...(request.sku === undefined ? {} : { product: productIndex(world, request.sku) }),
    ...(request.supplier_id === undefined ? {} : { supplier: supplierIndex(world, request.supplier_id) }),
    ...(request.till_id === undefined ? {} : { till: tillOf(world, request) }),
    strength: strengthOf(request, terms),
  }
}

/** @param now store time */
export function happeningState(world: World, happening: Happening, now: number): HappeningState {
  const { id, kind, from, to, strength, stores = [], category, product, supplier, till } = happening
  return {
    id,
    kind,
    active: from <= now,
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    strength,
    stores: stores.map((store) => world.stores[store]!.store_id),
    ...(category === undefined ? {} : { category: world.categories[category]!.category }),
    ...(product === undefined
      ? {}
      : { sku: world.products[product]!.sku, product_name: world.products[product]!.name }),
    ...(supplier === undefined ? {} : { supplier_id: world.suppliers[supplier]!.supplier_id }),
    ...(till === undefined ? {} : { till_id: till }),
  }
}

export function storeIndex(world: World, store_id: string): number {
  const index = world.stores.findIndex((store) => store.store_id === store_id)
  if (index >= 0) return index
  const names = choiceOf(world.stores.map((store) => store.store_id))
  throw fault(400, 'unknown_store', `Store "${store_id}" is not in the world ${world.name}. Use ${names}.`)
}

export function productIndex(world: World, sku: string): number {
  const index = world.products.findIndex((product) => product.sku === sku)
  if (index >= 0) return index
  throw fault(
    400,
    'unknown_sku',
    `SKU "${sku}" is not in the world ${world.name}. Use one of dim_product, such as ${world.products[0]!.sku}.`,
  )
}

function categoryIndex(world: World, category: string): number {
  const index = world.categories.findIndex((each) => each.category.toLowerCase() === category.toLowerCase())
  if (index >= 0) return index
  const names = world.categories.map((each) => each.category).join(', ')
  throw fault(400, 'unknown_category', `There is no category "${category}". Use one of: ${names}.`)
}

function supplierIndex(world: World, supplier_id: string): number {
  const index = world.suppliers.findIndex((supplier) => supplier.supplier_id === supplier_id)
  if (index >= 0) return index
  const names = choiceOf(world.suppliers.map((supplier) => supplier.supplier_id))
  throw fault(400, 'unknown_supplier', `There is no supplier "${supplier_id}". Use ${names}.`)
}

/** Tills are numbered within a store, so one till needs the stores that it is in. */
function tillOf(world: World, { kind, stores, till_id }: HappeningRequest): number {
  if (!stores) {
    throw fault(400, 'till_without_store', `${kind} of till ${till_id} names no store. Give stores as well.`)
  }
  for (const store_id of stores) {
    const { tills } = world.stores[storeIndex(world, store_id)]!
    if (till_id! <= tills) continue
    throw fault(400, 'unknown_till', `Store ${store_id} has no till ${till_id}. Its tills are 1 to ${tills}.`)
  }
  return till_id!
}

function checkChoices(request: HappeningRequest, { takes, needs }: Terms): void {
  const { kind } = request
  const fields = (['category', 'sku', 'supplier_id', 'till_id'] as const).filter(
    (name) => request[name] !== undefined,
  )
  const foreign = fields.find((name) => !takes.includes(name))
  if (foreign) {
    const allowed = ['stores', ...takes].join(', ')
    throw fault(400, 'not_of_this_kind', `${kind} takes no ${foreign}. It takes ${allowed}.`)
  }
  if (needs && !needs.some((name) => fields.includes(name))) {
    throw fault(400, 'choice_missing', `${kind} does not say of what. Give ${needs.join(' or ')}.`)
  }
  if (fields.includes('category') && fields.includes('sku')) {
    throw fault(400, 'category_and_sku', `${kind} has a category and a sku. Give one of them.`)
  }
}

function strengthOf({ kind, strength }: HappeningRequest, terms: Terms): number {
  if (!terms.strength) {
    if (strength === undefined) return 1
    throw fault(400, 'no_strength', `${kind} has no strength. Leave it out.`)
  }
  const { means, minimum, maximum, usual } = terms.strength
  const value = strength ?? usual
  if (value >= minimum && value <= maximum) return value
  throw fault(
    400,
    'strength_out_of_range',
    `Strength of ${kind} is ${value}. It is the ${means}: from ${minimum} to ${maximum}, usually ${usual}.`,
  )
}
