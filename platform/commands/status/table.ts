/** The status of a stack for people. */
import { styleText } from 'node:util'
import { explain } from '@shelfcast/contracts/refusals'
import { PARTS, partOf } from '../../parts/parts.ts'
import type { StackState } from '../../state/stack.ts'
import type { Counts } from './counts.ts'
import type { Health } from './health.ts'

export interface Status extends Partial<Counts> {
  addresses: StackState['addresses']
  health: Health
}

export function table(
  state: StackState,
  { addresses, health, topics, lag_messages, dead_letter_messages, dead_letters }: Status,
): string {
  const mark = (good: boolean) => (good ? styleText('green', 'ok  ') : styleText('red', 'DOWN'))
  const lines = PARTS.flatMap((name) => {
    const part = health[name]
    if (!part) return []
    return [
      `${mark(part.healthy)}  ${partOf(name).title.padEnd(20)} ${(addresses[name] ?? '').padEnd(26)} ${part.detail}`,
    ]
  })
  lines.push('', `Up since ${state.started_at}, process ${state.pid}`)
  if (topics) {
    lines.push(
      '',
      row(['topic', 'messages', 'accepted', 'reversed', 'refused', 'lake rows', 'warehouse', 'blocks']),
    )
    for (const [name, counts] of Object.entries(topics)) {
      const refused = Object.values(counts.lines_refused).reduce((total, each) => total + each, 0)
      lines.push(
        row([
          name,
          counts.messages,
          counts.lines_accepted,
          counts.lines_reversed,
          refused,
          counts.lake_rows,
          counts.warehouse_rows,
          counts.ledger_blocks,
        ]),
      )
    }
    lines.push(
      '',
      `Lag ${number(lag_messages)} messages, dead-letter topic ${number(dead_letter_messages)} messages`,
      `Dead letters: ${number(dead_letters?.open)} open, on which somebody has to act; ${number(dead_letters?.settled)} settled by rule; ` +
        `${number(dead_letters?.replayed)} replayed; ${number(dead_letters?.accepted)} accepted`,
    )
    for (const [name, counts] of Object.entries(topics)) {
      for (const [reason, count] of Object.entries(counts.lines_refused)) {
        const note = explain(reason).settled === null ? '' : ', settled by rule'
        lines.push(
          `  refused  ${name.padEnd(20)} ${reason.padEnd(24)} ${number(count).padStart(11)} lines${note}`,
        )
      }
    }
  }
  return `${lines.join('\n')}\n`
}

function row([name, ...figures]: (string | number)[]): string {
  const cells = figures.map((figure) => (typeof figure === 'number' ? number(figure) : figure).padStart(11))
  return `${String(name).padEnd(20)}${cells.join('')}`
}

function number(value: number | undefined): string {
  return (value ?? 0).toLocaleString('en')
}
