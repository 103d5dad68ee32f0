/** Stock movements and till events by their place in Kafka, such as the delivery that answers an order. */
import { type Figures, type Hop, type ReceiptOf, receiptId } from '@shelfcast/contracts/receipts'
import type { EventTopic } from '@shelfcast/contracts/topics'
import { FACT_TABLE } from '@shelfcast/contracts/warehouse'
import { lineHop } from './basket.ts'
import { hopOf, linksOf, type Prove } from './hops.ts'
import { lettersAt } from './letters.ts'

export async function movementHop(prove: Prove, receipt: ReceiptOf<'line'>): Promise<Hop> {
  const { topic, epoch, partition, offset } = receipt
  const [facts, letters] = await Promise.all([
    prove<Figures>(
      `
      select *
      from ${FACT_TABLE[topic as EventTopic]}
      where epoch = {epoch:Int32} and partition = {partition:Int32} and offset = {offset:Int64}
      limit 1`,
      { epoch, partition, offset },
    ),
    lettersAt(prove, receipt),
  ])
  const [row] = facts.rows
  const name = `The message at offset ${offset} of ${topic}, partition ${partition}`
  if (!row)
    return lineHop('line', receiptId('line', receipt), name, { lines: [], proofs: [facts.proof] }, letters)
  return hopOf('line', receipt, {
    words: `${name}, is a ${row.kind} of store ${row.store_id}.`,
    figures: row,
    links: linksOf(receiptId('block', { topic, epoch, partition, offset })),
    proofs: [facts.proof],
  })
}
