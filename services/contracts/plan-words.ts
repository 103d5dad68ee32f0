/** The arithmetic of an order as a planner reads it. */
import type { PlanReason, PlanStep, PlanStepName } from './planning.ts'

type Unit = 'each' | 'g' | 'ml'
type Facts = PlanStep['facts']

const LARGER = { g: 'kg', ml: 'l' } as const
const percent = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 1 })

/** A quantity in what people think in. */
export function quantityWords(quantity: number, unit: Unit): string {
  if (unit === 'each') return format(quantity)
  return `${format(quantity / 1_000)} ${LARGER[unit]}`
}

function format(value: number): string {
  return new Intl.NumberFormat('en', { maximumFractionDigits: Math.abs(value) < 10 ? 2 : 1 }).format(value)
}

const money = (minorUnits: number): string =>
  new Intl.NumberFormat('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(minorUnits / 100)

/** What a step has to tell its sentence with. */
interface Telling {
  step: PlanStep
  facts: Facts
  /** A fact as a quantity. */
  quantity(fact: string): string
  number(fact: string): number
  has(fact: string): boolean
  after: string
  before: string
  /** What is still missing of the target, or how much more than it there is. */
  missing: string
}

const SENTENCES: Record<PlanStepName, (telling: Telling) => string> = {
  demand({ facts, quantity, number, has, after }) {
    if (facts.forecast === 'none') return 'There is no forecast, so nothing is ordered.'
    if (has('next_order_day'))
      return `The supplier takes no order today; the next day is ${facts.next_order_day}.`
    if (facts.supplier === 'no_supplier') return 'Nobody has said who supplies it, so nothing is ordered.'
    if (has('supplier'))
      return 'Nobody has said on which days its supplier takes orders, so nothing is ordered.'
    if (!has('days')) return 'Nothing is expected to be sold.'
    const rule = facts.lead_time === 'unknown' ? ' Nobody has said the lead time: that of the settings.' : ''
    if (has('shelf_life_days'))
      return `It keeps ${facts.shelf_life_days} days. Demand of the ${format(number('days'))} days after it arrives (in ${format(number('lead_time_days'))}) is ${after} on average, give or take ${quantity('sd')}.${rule}`
    const covers = `lead time ${format(number('lead_time_days'))} and ${facts.review_days} until the next order`
    return `Demand of the next ${format(number('days'))} days (${covers}) is ${after} on average, give or take ${quantity('sd')}.${rule}`
  },
  service_level({ facts, number, quantity, after }) {
    const rule = facts.rule === 'by class' ? `class ${facts.class}` : String(facts.rule)
    return `With ${percent.format(number('probability'))} certainty (${rule}) it is at most ${after}: ${quantity('safety_stock')} more than the average, which is safety stock.`
  },
  critical_ratio: ({ number, facts, after }) =>
    `What is left over is lost. At a price of ${money(number('price'))} and a cost of ${money(number('cost'))} it pays to have it in ${percent.format(number('probability'))} of the cases: ${after}.${facts.cost_is ? ' The cost is unknown, and taken as a share of the price.' : ''}`,
  end_of_range: ({ facts, after, has }) =>
    has('arrives_on')
      ? `It leaves the range on ${facts.sold_until}, and an order would arrive on ${facts.arrives_on}: nothing.`
      : `It leaves the range on ${facts.sold_until}: no more than is sold until then, ${after}.`,
  order_quantity: ({ quantity, before, after, number }) =>
    `Below ${before} an order is due. What costs least to order and to keep is ${quantity('order_quantity')} at a time (${money(number('order_cost'))} an order line), so it is filled up to ${after}.`,
  on_hand: ({ quantity, facts, missing, has }) =>
    has('left')
      ? `Of ${quantity('on_hand')} on hand${facts.book ? ` (${facts.book})` : ''} and what comes sooner, ${quantity('left')} are left when it arrives: ${missing}.`
      : `${quantity('on_hand')} on hand${facts.book ? ` (${facts.book})` : ''}: ${missing}.`,
  expiring: ({ quantity, facts, missing }) =>
    `${quantity('expiring')} of it expire before they are sold, until ${facts.until}: ${missing}.`,
  on_order({ quantity, has, missing }) {
    const late = has('late') ? `, ${quantity('late')} of it late and still expected` : ''
    const later = has('after_the_interval') ? ` ${quantity('after_the_interval')} come later than that.` : ''
    const lost = has('too_late_to_count')
      ? ` ${quantity('too_late_to_count')} are so late that nobody expects them.`
      : ''
    return `${quantity('on_order')} on order${late}: ${missing}.${later}${lost}`
  },
  lost_sales: ({ quantity, after }) =>
    `Until the delivery arrives, ${quantity('lost')} are asked for in vain; who finds none goes away, so they are not ordered: ${after}.`,
  reorder_point: ({ quantity }) =>
    `There are ${quantity('position')}, more than the ${quantity('reorder_point')} at which an order is due: nothing.`,
  shelf_life: ({ facts, number, after }) =>
    `It keeps ${facts.shelf_life_days} days. With ${percent.format(number('confidence'))} certainty no more than ${after} of it are sold by then.`,
  pack: ({ quantity, facts, after }) => `In packs of ${quantity('pack')}, ${facts.rounded}: ${after}.`,
  minimum_quantity: ({ quantity, step, has, after }) =>
    step.after === 0
      ? `The supplier takes no less than ${quantity('minimum')}, of which ${has('most') ? `only ${quantity('most')} would be sold in time` : 'not all would be sold in time'}: nothing.`
      : `The supplier takes no less than ${quantity('minimum')}: ${after}.`,
  supplier_minimum: ({ number, facts, has, quantity, after }) =>
    has('added')
      ? `The order comes to ${money(number('amount'))}, and the supplier takes none below ${money(number('minimum_order'))}: filled up with ${quantity('added')}, which keeps: ${after}.`
      : `The order comes to ${money(number('amount'))}, and the supplier takes none below ${money(number('minimum_order'))}: nothing, ${facts.because}.`,
  capacity: ({ facts, after }) =>
    `The store holds ${facts.room_l} l, ${facts.there_l} l are taken and ${facts.ordered_l} l would come. What is sold least likely gives way, which is of this: ${after}.`,
  budget: ({ number, after }) =>
    `All orders of the store come to ${money(number('amount'))}, and ${money(number('budget'))} may be spent. What earns least for the money gives way, which is of this: ${after}.`,
}

export function stepWords(step: PlanStep, unit: Unit): string {
  const { facts } = step
  const number = (fact: string) => Number(facts[fact] ?? 0)
  return SENTENCES[step.step]({
    step,
    facts,
    number,
    quantity: (fact) => quantityWords(number(fact), unit),
    has: (fact) => facts[fact] !== undefined,
    after: quantityWords(step.after, unit),
    before: quantityWords(step.before, unit),
    missing:
      step.after > 0
        ? `${quantityWords(step.after, unit)} are missing`
        : `nothing is missing, and ${quantityWords(-step.after, unit)} are there beyond it`,
  })
}

const REASONS: Record<PlanReason, string> = {
  needed: 'It is needed.',
  topped_up: 'It is not needed yet, and fills an order up to the minimum of its supplier.',
  has_enough: 'Nothing: what is there and on its way is enough.',
  above_reorder_point: 'Nothing: it has not fallen to the point at which it is ordered.',
  no_demand: 'Nothing: nobody is expected to buy it.',
  no_forecast: 'Nothing: there is no forecast of it.',
  no_supplier: 'Nothing: nobody has said who supplies it.',
  no_order_days: 'Nothing: nobody has said on which days its supplier takes orders.',
  not_an_order_day: 'Nothing: its supplier takes no orders today.',
  end_of_range: 'Nothing: it leaves the range before an order would arrive.',
  would_expire: 'Nothing: more of it would expire before it is sold.',
  less_than_a_pack: 'Nothing: a whole pack would be more than is sold before it expires.',
  below_minimum: 'Nothing: the order would be below what its supplier takes.',
  no_room: 'Nothing: the store has no room for it.',
  no_budget: 'Nothing: other lines need the money more.',
}

export const reasonWords = ({ reason }: { reason: PlanReason }): string => REASONS[reason]
