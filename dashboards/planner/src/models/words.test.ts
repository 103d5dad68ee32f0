import { expect, test } from 'vitest'
import { leadingMetrics, metricText, rivals, rowTitle, skill } from './words.ts'

const row = (name: string, wape: number) => ({ name, metrics: { wape } })
const backtest = {
  origins: [],
  by_horizon_week: [],
  rows: [row('seasonal_naive', 0.4), row('model', 0.3), row('tsb', 0.375), row('champion', 0.32)],
}

test('a model is held against the best baseline and seasonal naive, not against the champion', () => {
  const rows = rivals({ backtest })
  expect(rows.map(({ name }) => name)).toEqual(['model', 'champion', 'tsb', 'seasonal_naive'])
  expect(skill(rows)).toBe(
    '20.0% less error than TSB, the best baseline; 25.0% less error than the same weekday a week ago',
  )
  expect(skill(rivals({ backtest: null }))).toBe('No baseline was scored beside it.')
})

test('shares are percent, other figures are numbers', () => {
  expect(metricText('wape', 0.2841)).toBe('28.4%')
  expect(metricText('mae_units', 3.4)).toBe('3.4')
  expect(rowTitle('moving_average')).toBe('The mean of 28 days')
})

test('what everybody asks for comes first', () => {
  expect(leadingMetrics({ wrmsse: 0.7, bias: 0.01, wape: 0.3 }, 2).map(([name]) => name)).toEqual([
    'wape',
    'bias',
  ])
})
