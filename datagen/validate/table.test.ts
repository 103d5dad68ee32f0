import { expect, test } from 'vitest'
import type { Figure } from './figures.ts'
import { figureText, table } from './table.ts'

const figure = (overrides: Partial<Figure> = {}): Figure => ({
  group: 'Week',
  name: 'Share of the weekend',
  unit: 'share',
  twin: 0.3349,
  real: { m5: 0.34 },
  range: [0.3, 0.45],
  because: 'The week’s shopping',
  verdict: 'ok',
  ...overrides,
})

test('each figure has a line, under its group, with what was found, what is real and what is plausible', () => {
  const lines = table([
    figure(),
    figure({ name: 'Other', twin: 0.5, verdict: 'outside' }),
    figure({ group: 'Rain', unit: 'change', twin: -0.05, interval: [-0.06, -0.04], range: [-0.12, -0.01] }),
  ]).split('\n')
  expect(lines.filter((line) => line === 'Week')).toHaveLength(1)
  expect(lines.find((line) => line.startsWith('Share of the weekend'))).toMatch(
    /33\.5% .* 34\.0% +30% to 45% +ok$/,
  )
  expect(lines.find((line) => line.startsWith('Other'))).toMatch(/outside$/)
  expect(lines.at(-1)).toMatch(/-5\.0% +-6\.0% to -4\.0% .* -12% to -1% +ok$/)
})

test('what was not measured is a dot', () => {
  const { twin: _, ...unmeasured } = figure({ verdict: 'not measured' })
  expect(table([unmeasured])).toMatch(/weekend +· .* not measured$/)
})

test('numbers are written with their unit', () => {
  expect(figureText(1.254, 'factor')).toBe('1.25x')
  expect(figureText(0.04, 'change')).toBe('+4.0%')
  expect(figureText(6.28, 'days')).toBe('6.3')
  expect(figureText(-1.234, 'number')).toBe('-1.23')
  expect(figureText(79, 'number')).toBe('79')
})
