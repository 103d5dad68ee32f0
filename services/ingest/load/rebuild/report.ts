/** What a person sees of a rebuild: a bar in a terminal, and a comparison at the end. */
import { Presets, SingleBar } from 'cli-progress'
import type { Figures } from './figures.ts'
import type { Rebuilt } from './run.ts'

export interface Bar {
  update(rows: number, total: number): void
  stop(): void
}

export function createBar(output: NodeJS.WriteStream = process.stderr): Bar {
  if (!output.isTTY) return { update: () => undefined, stop: () => undefined }
  const bar = new SingleBar(
    {
      stream: output,
      hideCursor: true,
      format:
        'Loading {bar} {percentage}%  {value} of {total} rows  {duration_formatted}, {eta_formatted} to go',
    },
    Presets.shades_classic,
  )
  let isStarted = false
  return {
    update(rows, total) {
      // Of what was not loaded before, nobody knows how much it is.
      const limit = Math.max(rows, total)
      if (!isStarted) bar.start(limit, 0)
      isStarted = true
      bar.setTotal(limit)
      bar.update(rows)
    },
    stop() {
      if (isStarted) bar.stop()
      isStarted = false
    },
  }
}

export function table({ before, after, isEqual, source, rowsAdded }: Rebuilt): string {
  const oldLines = linesOf(before)
  const newLines = linesOf(after)
  const names = [...new Set([...oldLines.keys(), ...newLines.keys()])]
  const lines = names.map((name) => {
    const [oldLine, newLine] = [oldLines.get(name), newLines.get(name)]
    return row(
      name,
      oldLine?.text ?? '',
      newLine?.text ?? '',
      oldLine?.exact === newLine?.exact ? 'equal' : 'DIFFERENT',
    )
  })
  const verdict = isEqual
    ? 'The warehouse is as it was, to the row.'
    : 'The warehouse is not as it was. What the lake says is there now: the lake is the record.'
  const added =
    rowsAdded > 0 ? `\n${number(rowsAdded)} rows came in that the lake had and the warehouse did not.` : ''
  const from = source === 'curated' ? '\nFrom the curated tables what they held, the rest from blocks.' : ''
  return `${row('', 'before', 'after', '')}\n${lines.join('\n')}\n${verdict}${from}${added}`
}

function linesOf({
  tables,
  net_amount,
  refused_lines,
}: Figures): Map<string, { text: string; exact: string }> {
  return new Map([
    ...tables.map(({ table: name, rows, hash }): [string, { text: string; exact: string }] => [
      name,
      { text: `${number(rows)} rows`, exact: `${rows} ${hash}` },
    ]),
    ['net amount, minor units', { text: number(BigInt(net_amount)), exact: net_amount }],
    ...Object.entries(refused_lines).map(([reason, lines]): [string, { text: string; exact: string }] => [
      `refused: ${reason}`,
      { text: `${number(lines)} lines`, exact: String(lines) },
    ]),
  ])
}

function row(name: string, before: string, after: string, verdict: string): string {
  return `${name.padEnd(30)}${before.padStart(24)}${after.padStart(24)}  ${verdict}`
}

function number(value: number | bigint): string {
  return value.toLocaleString('en')
}
