/** The figures as text for a terminal. */
import type { Unit } from './definition.ts'
import { type Figure, REAL, type RealName } from './figures.ts'

export const REAL_NAMES: Record<RealName, string> = {
  completeJourney: 'Complete Journey',
  onlineRetail: 'Online Retail',
  m5: 'M5',
}
const HEADINGS: Record<RealName, string> = { completeJourney: 'C.J.', onlineRetail: 'O.R.', m5: 'M5' }
const NONE = '·'

/** @param figures grouped as they come */
export function table(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [
    figure.name,
    figure.twin === undefined ? NONE : figureText(figure.twin, figure.unit),
    figure.interval ? `${figure.interval.map((bound) => figureText(bound, figure.unit)).join(' to ')}` : '',
    ...REAL.map((name) => {
      const value = figure.real[name]
      return value === undefined ? NONE : figureText(value, figure.unit)
    }),
    rangeWritten(figure),
    figure.verdict,
  ])
  const heading = ['', 'twin', '95% interval', ...REAL.map((name) => HEADINGS[name]), 'plausible range', '']
  const widths = heading.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]!.length)),
  )
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => {
        const isText = column === 0 || column === cells.length - 1
        return isText ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)
      })
      .join('  ')
      .trimEnd()
  const lines = [line(heading)]
  figures.forEach(({ group }, index) => {
    if (group !== figures[index - 1]?.group) lines.push('', group)
    lines.push(line(rows[index]!))
  })
  return lines.join('\n')
}

/** With the digits that mean something. */
export function figureText(value: number, unit: Unit): string {
  switch (unit) {
    case 'share':
      return percent(value)
    case 'change':
      return `${value > 0 ? '+' : ''}${percent(value)}`
    case 'factor':
      return `${value.toFixed(2)}x`
    case 'days':
      return value.toFixed(1)
    case 'number':
      return Math.abs(value) >= 20 || Number.isInteger(value) ? value.toFixed(0) : value.toFixed(2)
  }
}

/** Bounds are round numbers, and stand without idle zeros. */
export function rangeWritten({ range, unit }: Pick<Figure, 'range' | 'unit'>): string {
  return range
    .map((bound) =>
      figureText(bound, unit).replace(/\.(\d*?)0+(?=\D|$)/, (_, digits) => digits && `.${digits}`),
    )
    .join(' to ')
}

function percent(value: number): string {
  const share = value * 100
  return `${share.toFixed(1)}%`
}
