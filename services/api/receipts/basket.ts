/** Baskets and their lines, with what the gate refused of them. */
import { type Hop, type Proof, type ReceiptOf, receiptId } from '@shelfcast/contracts/receipts'
import { lineId, type SaleFact } from './facts.ts'
import { badMark, hopOf, linksOf, type Page, type Prove, pageOf } from './hops.ts'
import { type Letter, letterRows, lettersOfBasket, letterWords } from './letters.ts'
import { type Lines, linesOfBasket } from './lines.ts'

/** Forecasts are of demand, and what comes back was asked for once. */
const RETURNED = ' What came back is not taken off the units that forecasts read.'

/** A basket, a message or a line of one, with what the gate refused of it. */
export async function basketHop(
  prove: Prove,
  parts: Omit<ReceiptOf<'basket'>, 'kind'>,
  { limit, after }: Page,
): Promise<{ hop: Hop; lines: SaleFact[]; letters: Letter[] }> {
  const [{ lines, proofs }, letters] = await Promise.all([
    linesOfBasket(prove, parts, limit + 1, after === undefined ? undefined : parseMark(after)),
    lettersOfBasket(prove, parts),
  ])
  const { page, isMore } = pageOf(lines, limit)
  const last = page.at(-1)
  return {
    lines: page,
    letters: letters.rows,
    hop: hopOf('basket', parts, {
      ...contentOf(`Basket ${parts.basket_id} of store ${parts.store_id}`, page, letters.rows, isMore),
      next: isMore ? `${last!.line_no}~${last!.offset}` : null,
      proofs: [...proofs, letters.proof],
    }),
  }
}

const MARK = /^(\d{1,9})~(\d{1,15})$/

function parseMark(after: string) {
  const match = MARK.exec(after)
  if (!match) throw badMark(after)
  return { line_no: Number(match[1]), offset: Number(match[2]) }
}

export function lineHop(
  kind: 'line' | 'scan',
  id: string | null,
  name: string,
  { lines, proofs }: Lines,
  letters: { rows: Letter[]; proof: Proof } | undefined,
): Hop {
  const [line] = lines
  const [letter] = letters?.rows ?? []
  const basket =
    line ?? (letter && letter.message_id !== '' ? { ...letter, basket_id: letter.message_id } : undefined)
  return {
    kind,
    id,
    figures: {},
    next: null,
    ...contentOf(name, lines, letters?.rows ?? []),
    links: linksOf(
      basket ? receiptId('basket', basket) : null,
      line ? receiptId('day', { store_id: line.store_id, sku: line.sku, day: line.business_date }) : null,
    ),
    proofs: [...proofs, ...(letters ? [letters.proof] : [])],
  }
}

function contentOf(name: string, lines: readonly SaleFact[], letters: readonly Letter[], isMore = false) {
  const [first] = lines
  const refused = letters.length === 0 ? '' : ` ${letterWords(letters)}`
  return {
    words: first
      ? `${name}: ${first.kind} on ${first.business_date}, ${lines.length}${isMore ? ' or more' : ''} lines.${first.kind === 'return' ? RETURNED : ''}${refused}`
      : `${name} is not among what was accepted.${refused}`,
    rows: [...lines.map((line) => ({ id: lineId(line), figures: { ...line } })), ...letterRows(letters)],
    links: [] as string[],
    missing:
      first || letters.length > 0
        ? null
        : `Neither fact_sales nor dead_letters has ${name}: it was never sent, it is not loaded yet, or its retention has ended (npm run retention).`,
  }
}
