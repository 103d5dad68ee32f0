/** What a replay came to, for people and for programs. */
import type { LandedLines } from '@shelfcast/contracts/landed'

/** Figures of a replay; the names are what other commands and tests read. */
export interface ReplayFigures {
  rows_read: number
  rows_accepted: number
  rows_refused: Record<string, number>
  rows_reversed: number
  /** Rows a second from the first row sent until the last was in the warehouse. */
  lines_per_s: number
  /** Rows a second until the broker had the last. */
  send_lines_per_s: number
  send_s: number
  total_s: number
}

export function figuresOf(
  rowsRead: number,
  lines: LandedLines,
  sendMs: number,
  totalMs: number,
): ReplayFigures {
  const refused = Object.entries(lines.refused).sort(([, a], [, b]) => b - a)
  return {
    rows_read: rowsRead,
    rows_accepted: lines.accepted,
    rows_refused: Object.fromEntries(refused),
    rows_reversed: lines.reversed,
    lines_per_s: Math.round((rowsRead / totalMs) * 1000),
    send_lines_per_s: Math.round((rowsRead / sendMs) * 1000),
    send_s: Math.round(sendMs) / 1000,
    total_s: Math.round(totalMs) / 1000,
  }
}

/** Rows that are neither accepted, refused nor reversed; negative when some were counted twice. 0 in a sound run. */
export function unaccounted(figures: ReplayFigures): number {
  const refused = Object.values(figures.rows_refused).reduce((sum, count) => sum + count, 0)
  return figures.rows_read - figures.rows_accepted - refused - figures.rows_reversed
}

export function table(figures: ReplayFigures): string {
  const refused = Object.entries(figures.rows_refused)
  const total = refused.reduce((sum, [, count]) => sum + count, 0)
  const rows: [string, string][] = [
    ['rows read', count(figures.rows_read)],
    ['rows accepted', count(figures.rows_accepted)],
    ['rows reversed', count(figures.rows_reversed)],
    ['rows refused', count(total)],
    ...refused.map(([reason, lines]): [string, string] => [`  ${reason}`, count(lines)]),
    ['sending', `${count(figures.send_lines_per_s)} lines/s in ${figures.send_s.toFixed(1)} s`],
    ['end to end', `${count(figures.lines_per_s)} lines/s in ${figures.total_s.toFixed(1)} s`],
  ]
  const left = Math.max(...rows.map(([label]) => label.length))
  const right = Math.max(...rows.map(([, value]) => value.split(' ')[0]!.length))
  return rows
    .map(([label, value]) => {
      const [number = '', ...rest] = value.split(' ')
      return [label.padEnd(left), number.padStart(right), ...rest].join(' ')
    })
    .join('\n')
}

const count = (value: number) => value.toLocaleString('en')
