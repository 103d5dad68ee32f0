/** Lots at risk and transfers as a planner reads them. */
import type { LotAtRisk, TransferStep, TransferStepName } from './lots.ts'
import { quantityWords } from './plan-words.ts'

const percent = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 0 })
const money = (minorUnits: number): string =>
  new Intl.NumberFormat('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(minorUnits / 100)

const ELASTICITY_WORDS = {
  measured: 'by its own promotions, drawn towards its category',
  category: 'by promotions of other goods of its category, since there were too few of its own',
  usual: 'the usual one, since no promotion of such goods has shown any',
  '': '',
} as const

export function lotWords(lot: Omit<LotAtRisk, 'words'>): string[] {
  const { unit } = lot
  const words = (quantity: number) => quantityWords(quantity, unit)
  if (lot.markdown_reason === 'expired')
    return [
      `Its last day of sale was ${lot.expires_on}: the ${words(lot.on_hand)} that the book has of it cannot be sold.`,
    ]
  if (lot.expected_unsold === null) return ['There is no forecast, so nobody knows what will be left over.']
  const others = lot.stock - lot.on_hand
  const sentences = [
    `Of ${words(lot.on_hand)}${others > 0 ? `, with ${words(others)} that are sold before,` : ''} ${words(lot.expected_unsold)} are expected to be left over on ${lot.expires_on}${lot.loss_amount === null ? '' : `: ${money(lot.loss_amount)} at cost`}.`,
  ]
  if (lot.demand_basis === 'default_spread')
    sentences.push('How far sales scatter is not measured yet; a usual spread is taken.')
  if (lot.elasticity !== null)
    sentences.push(
      `A price that is 1% lower sells about ${Math.abs(lot.elasticity).toFixed(1)}% more, give or take ${(lot.elasticity_error ?? 0).toFixed(1)}: ${ELASTICITY_WORDS[lot.elasticity_basis]}.`,
    )
  if (lot.markdown)
    sentences.push(
      `At ${money(lot.markdown.price)}, ${percent.format(lot.markdown.off)} less, ${money(lot.markdown.saved)} are expected to be saved; with 80% probability between ${money(lot.markdown.low)} and ${money(lot.markdown.high)}.`,
    )
  if (lot.markdown_reason === 'nothing_pays')
    sentences.push('No lower price pays: it would cost more on what sells anyway than it saves.')
  if (lot.markdown_reason === 'with_other_lot')
    sentences.push('A lower price is proposed with another lot of it, since they have one price.')
  if (lot.markdown_reason === 'no_price') sentences.push('Nobody has said its price, so none is proposed.')
  if (lot.markdown_reason === 'at_floor')
    sentences.push('Its price is as low as the rules of planning let it be.')
  if (lot.transfer_quantity > 0)
    sentences.push(
      `A transfer would take ${words(lot.transfer_quantity)} of it; the markdown is reckoned without.`,
    )
  return sentences
}

type Unit = LotAtRisk['unit']

const SENTENCES: Record<
  TransferStepName,
  (facts: TransferStep['facts'], words: (fact: string) => string, amount: string) => string
> = {
  sales_gained: (facts, words, amount) =>
    `The receiver has ${words('stock')}, and its next delivery is ${facts.days} days away: ${words('units')} more are sold until then, a margin of ${amount}.`,
  sales_risked: (facts, words, amount) =>
    `The sender has ${words('stock')} and keeps at least the ${words('keeps')} that last until its next delivery in ${facts.days} days with ${percent.format(Number(facts.certainty))} certainty; sales it may miss cost ${amount}.`,
  waste_avoided: (_, words, amount) => `The sender throws away ${words('units')} less: ${amount} at cost.`,
  waste_moved: (_, words, amount) => `The receiver throws away ${words('units')} more: ${amount} at cost.`,
  carriage: (facts, _, amount) => `Its volume, ${facts.litres} l, costs ${amount} to carry.`,
  line: (_facts, _words, amount) => `To pick, book and shelve it costs ${amount}.`,
  trip: (facts, _, amount) =>
    `It bears ${amount} of a trip of ${facts.km} km with ${facts.lines} lines, by its worth.`,
}

export function transferWords({ step, facts, before, after }: TransferStep, unit: Unit): string {
  return SENTENCES[step](
    facts,
    (fact) => quantityWords(Number(facts[fact] ?? 0), unit),
    money(Math.abs(after - before)),
  )
}
