/** What the gate refused of a basket or of a message. */
import { positionText } from '@shelfcast/contracts/lake'
import { type HopRow, type ReceiptOf, receiptId } from '@shelfcast/contracts/receipts'
import { explain } from '@shelfcast/contracts/refusals'
import type { EventTopic } from '@shelfcast/contracts/topics'
import { DEAD_LETTER_TABLE } from '@shelfcast/contracts/warehouse'
import { SALES_TOPIC } from './facts.ts'
import type { Prove } from './hops.ts'

/** Refused lines of a basket or a message that are told: more are on the page of the dead letters. */
const LETTERS = 20
/** Of these, in words. */
const LETTERS_IN_WORDS = 3

export interface Letter {
  topic: EventTopic
  epoch: number
  partition: number
  offset: number
  line_no: number
  reason: string
  detail: string
  line_count: number
  store_id: string
  message_id: string
}

const LETTER_COLUMNS = `topic, epoch, partition, offset, line_no, reason, detail, line_count, store_id, message_id`

export const lettersOfBasket = (prove: Prove, parts: { store_id: string; basket_id: string }) =>
  prove<Letter>(
    `
    select ${LETTER_COLUMNS}
    from ${DEAD_LETTER_TABLE}
    where topic = {topic:String} and message_id = {basket_id:String} and store_id in ({store_id:String}, '')
    order by epoch, offset, line_no
    limit ${LETTERS}`,
    { ...parts, topic: SALES_TOPIC },
  )

export const lettersAt = (
  prove: Prove,
  { topic, epoch, partition, offset }: Omit<ReceiptOf<'line'>, 'kind' | 'line_no'>,
) =>
  prove<Letter>(
    `
    select ${LETTER_COLUMNS}
    from ${DEAD_LETTER_TABLE}
    where topic = {topic:String}
        and epoch = {epoch:Int32}
        and partition = {partition:Int32}
        and offset = {offset:Int64}
    order by line_no
    limit ${LETTERS}`,
    { topic, epoch, partition, offset },
  )

/** A sentence for each, with the rule. */
export const letterWords = (letters: readonly Letter[]): string =>
  letters
    .slice(0, LETTERS_IN_WORDS)
    .map(({ line_no, reason, detail }) => {
      const { rule } = explain(reason)
      return `${line_no === 0 ? 'The message' : `Line ${line_no}`} was refused as ${reason}: ${detail}. The rule: ${rule}`
    })
    .join(' ')

export const letterRows = (letters: readonly Letter[]): HopRow[] =>
  letters.map(({ topic, epoch, partition, offset, line_no, ...letter }) => ({
    id: receiptId('block', { topic, epoch, partition, offset }),
    figures: {
      dead_letter: positionText({ topic, epoch, partition, offset: BigInt(offset), line: line_no }),
      ...letter,
    },
  }))
